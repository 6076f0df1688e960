# Functions that fit labels without training a network.
from rethinking.constructions import study as constructions


wildcard_constraints:
    construction=names(lambda scale: scale.get("constructions", {})),


def construction_spec(w):
    return constructions.construction_spec(
        config, w.scale, w.construction, int(w.block)
    )


def constructed_on(w):
    """Scale, data set, conditions and seeds of the data of a block."""
    block = construction_spec(w)
    return w.scale, block.dataset.name, block.conditions, block.seeds


# A job takes all conditions and a block of seeds: most take less time than starting a job.
rule measure_construction:
    input:
        dataset=lambda w: dataset_tensors(*constructed_on(w)[:2]),
        corrupted=lambda w: corrupted_tensors(*constructed_on(w)),
        records=lambda w: data_records(*constructed_on(w)),
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
            construction_spec(w),
            [
                *specs.data_modules(config, *constructed_on(w)[:3]),
                f"rethinking.constructions.{construction_spec(w).construction}",
            ],
        ),
    message:
        "Constructing the functions of {wildcards.construction}, block {wildcards.block}"
    script:
        "../step.py"


def constructed(scale, construction):
    """The measurements of each block of a construction."""
    return [
        rules.measure_construction.output.table.format(
            scale=scale, construction=construction, block=block
        )
        for block in constructions.blocks(config, scale, construction)
    ]


rule construction_tables:
    input:
        measured=lambda w: constructed(w.scale, w.construction),
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
MADE["constructions"] = constructed
