# Functions that fit labels without training a network.
from rethinking.constructions import study as constructions


wildcard_constraints:
    construction=names(lambda scale: scale.get("constructions", {})),


# A job takes all conditions and a block of seeds: most take less time than starting a job.
rule measure_construction:
    input:
        dataset=lambda w: ancient(
            rules.dataset.output.tensors.format(
                scale=w.scale, dataset=constructions.constructed_on(config, **w)[1]
            )
        ),
        corrupted=lambda w: ancient(
            specs.corrupted_files(
                config,
                rules.corrupted.output.tensors,
                *constructions.constructed_on(config, **w),
            )
        ),
        records=lambda w: specs.corrupted_files(
            config,
            rules.corrupted.output.provenance,
            *constructions.constructed_on(config, **w),
        ),
    output:
        multiext(
            f"{RESULTS}/{{scale}}/constructions/{{construction}}/block-{{block}}",
            table=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/constructions/{{construction}}/block-{{block}}.log",
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=lambda w, attempt: (
            needs("measure_construction")["mem_mb"](w, attempt)
            + constructions.matrices_mb(config, w.scale, w.construction)
        ),
        runtime=needs("measure_construction")["runtime"],
    params:
        spec=lambda w: spec(
            w,
            "measure_construction",
            "constructions.measure:measure_construction",
            constructions.construction_spec(
                config, w.scale, w.construction, int(w.block)
            ),
            [
                *specs.data_modules(
                    config, *constructions.constructed_on(config, **w)[:3]
                ),
                constructions.module(config, w.scale, w.construction),
            ],
        ),
    message:
        "Constructing the functions of {wildcards.construction}, block {wildcards.block}"
    script:
        "../step.py"


rule construction_tables:
    input:
        measured=lambda w: MADE["constructions"](w.scale, w.construction),
    output:
        runs=table("{scale}", "{construction}", "runs"),
        summary=report(
            table("{scale}", "{construction}", "summary"),
            caption="../report/summary.rst",
            category="Tables",
            subcategory="{construction}",
            labels={"table": "summary"},
        ),
        provenance=records_of(
            *(
                table("{scale}", "{construction}", name)
                for name in constructions.TABLES
            )
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{construction}}/tables.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("construction_tables"),
    params:
        spec=lambda w: spec(
            w,
            "construction_tables",
            "constructions.tables:write_tables",
            constructions.tables_spec(config, w.scale, w.construction),
        ),
    message:
        "Tabulating {wildcards.construction}"
    script:
        "../step.py"


TABLES["constructions"] = lambda scale, construction: [
    table(scale, construction, name) for name in constructions.TABLES
]
MADE["constructions"] = lambda scale, construction: expand(
    rules.measure_construction.output.table,
    scale=scale,
    construction=construction,
    block=constructions.blocks(config, scale, construction),
)
