# The PDF.

PAPER_SOURCES = [
    "paper/main.tex",
    "paper/references.bib",
    "paper/sections/introduction.tex",
    "paper/sections/methods.tex",
    "paper/sections/results.tex",
    "paper/sections/limits.tex",
]


rule macros:
    input:
        values=rules.values.output.values,
    output:
        macros=f"{RESULTS}/{{scale}}/paper/values.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/values.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/macros.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        spec=lambda w: spec(
            "macros.py", scale=w.scale, banner=config["scales"][w.scale]["banner"]
        ),
    message:
        "Writing the numbers for LaTeX"
    script:
        "../scripts/macros.py"


rule accuracy_table:
    input:
        summary=rules.metrics.output.summary,
    output:
        table=f"{RESULTS}/{{scale}}/paper/accuracy_{{experiment}}.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/accuracy_{{experiment}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/accuracy_{{experiment}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        spec=lambda w: spec(
            "accuracy_table.py",
            experiment=w.experiment,
            labels=study.labels(config, w.scale),
        ),
    message:
        "Writing the table of {wildcards.experiment} for LaTeX"
    script:
        "../scripts/accuracy_table.py"


rule pdf:
    input:
        sources=PAPER_SOURCES,
        generated=lambda w: expand(
            [
                rules.macros.output.macros,
                rules.accuracy_table.output.table,
                rules.figure.output.pdf,
            ],
            scale=w.scale,
            experiment="randomization",
            figure=study.figures(config, w.scale),
        ),
    output:
        pdf=f"{RESULTS}/{{scale}}/paper.pdf",
        provenance=f"{RESULTS}/{{scale}}/paper.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/pdf.log",
    conda:
        "../../envs/latex.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        spec=lambda w: spec("pdf.py"),
    message:
        "Building the PDF"
    script:
        "../scripts/pdf.py"


rule manifest:
    input:
        paper=rules.pdf.output.pdf,
        published=lambda w: published(w.scale),
    output:
        manifest=f"{RESULTS}/{{scale}}/manifest.json",
        provenance=f"{RESULTS}/{{scale}}/manifest.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/manifest.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        spec=lambda w: spec("manifest.py"),
    message:
        "Listing what is published"
    script:
        "../scripts/manifest.py"
