# Classifiers by the nearest mean of a class.
from rethinking.class_means import study as class_means


wildcard_constraints:
    means=names(lambda scale: scale.get("class_means", {})),


rule measure_class_means:
    input:
        dataset=lambda w: ancient(
            rules.dataset.output.tensors.format(
                scale=w.scale, dataset=class_means.averaged(config, **w)[1]
            )
        ),
        corrupted=lambda w: ancient(
            specs.corrupted_files(
                config,
                rules.corrupted.output.tensors,
                *class_means.averaged(config, **w),
            )
        ),
        records=lambda w: specs.corrupted_files(
            config,
            rules.corrupted.output.provenance,
            *class_means.averaged(config, **w),
        ),
    output:
        table=f"{RESULTS}/{{scale}}/class_means/{{means}}/block-0.csv",
        provenance=f"{RESULTS}/{{scale}}/class_means/{{means}}/block-0.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/class_means/{{means}}.log",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=500,
        runtime=1,
    params:
        spec=lambda w: spec(
            w,
            "measure_class_means",
            "class_means.measure:measure_class_means",
            class_means.class_means_spec(config, w.scale, w.means),
            specs.data_modules(config, *class_means.averaged(config, **w)[:3]),
        ),
    message:
        "Measuring class means: {wildcards.means}"
    script:
        "../step.py"


rule class_means_tables:
    input:
        measured=rules.measure_class_means.output.table,
    output:
        runs=table("{scale}", "{means}", "runs"),
        summary=table("{scale}", "{means}", "summary"),
        provenance=records_of(
            *(table("{scale}", "{means}", name) for name in class_means.TABLES)
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{means}}/tables.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=500,
        runtime=1,
    params:
        spec=lambda w: spec(w, "class_means_tables", "class_means.tables:write_tables"),
    message:
        "Tabulating {wildcards.means}"
    script:
        "../step.py"


TABLES["class_means"] = lambda scale, means: [
    table(scale, means, name) for name in class_means.TABLES
]
MADE["class_means"] = lambda scale, means: [
    rules.measure_class_means.output.table.format(scale=scale, means=means)
]
