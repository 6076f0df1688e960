# What do neural networks learn when they fit noise? The workflow from images to the PDF.
#
#   snakemake --cores 2                      the paper at the scale of config.yaml
#   snakemake --cores 2 figures              its figures
#   snakemake --cores 2 tables               its tables
#   snakemake --cores 2 --config scale=smoke
#   snakemake --cores 2 results/demo/figures/label_noise.pdf

from snakemake.utils import min_version

min_version("9.10")


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"


for kind in kinds():

    include: f"workflow/rules/{kind}.smk"


include: "workflow/rules/paper.smk"


rule paper:
    default_target: True
    input:
        expand(
            [rules.pdf.output.pdf, rules.manifest.output.manifest],
            scale=config["scale"],
        ),
        # Snakemake makes a deleted file again only if a target names that file.
        published(config["scale"]),


rule figures:
    input:
        figures(config["scale"], rules.figure.output.pdf, rules.figure.output.png),


rule tables:
    input:
        tables(config["scale"]),
