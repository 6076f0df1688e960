# Networks that are trained on corrupted data, a block of seeds in a job, and their measurements.
import shutil

from rethinking.names.condition import UNTRAINED, data_condition
from rethinking.names.recipe import REGULARIZERS
from rethinking.networks import study as networks
from rethinking.networks.specs import Setting


wildcard_constraints:
    experiment=names(lambda scale: scale["experiments"]),
    recipe=f"({'|'.join(config['recipes'])})(-({'|'.join(REGULARIZERS)}))*",
    measure=names(
        lambda scale: [m for e in scale["experiments"].values() for m in e["measures"]]
    ),
    part="all|[a-z][a-z0-9_]*(-[0-9]+[.][0-9]{2})?",


def train_spec(w):
    setting = Setting(w.dataset, w.condition, w.model, w.recipe)
    return networks.train_spec(config, w.scale, setting, int(w.block))


def trained_on(w):
    """Scale, data set, conditions and seeds of the data of a block."""
    return w.scale, w.dataset, [w.condition], train_spec(w).seeds


rule train:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: corrupted_tensors(*trained_on(w)),
        records=lambda w: data_records(*trained_on(w)),
    output:
        multiext(
            f"{RESULTS}/{{scale}}/runs/{{dataset}}/{{condition}}/{{model}}/{{recipe}}/block-{{block}}/run",
            weights=".safetensors",
            info=".json",
            curve=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/runs/{{dataset}}/{{condition}}/{{model}}/{{recipe}}/block-{{block}}.log",
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        **needs("train"),
        gpu=int(DEVICE == "cuda"),
    params:
        spec=lambda w: spec(
            w,
            "train",
            "networks.train:train_block",
            train_spec(w),
            [
                *specs.data_modules(config, w.scale, w.dataset, [w.condition]),
                specs.model_module(config, w.model),
            ],
        ),
    message:
        "Training {wildcards.model} on {wildcards.dataset}, {wildcards.condition}, block {wildcards.block}"
    script:
        "../step.py"


# A finished training keeps links to its files until Snakemake has recorded them, as it now has.
onsuccess:
    for finished in Path(RESULTS).glob("*/.resume/*/finished.state"):
        shutil.rmtree(finished.parent, ignore_errors=True)


def measure_spec(w):
    keys = ("measure", "dataset", "model", "recipe", "part")
    return networks.measure_spec(config, w.scale, *(w[key] for key in keys))


def measured_on(w):
    """Scale, data set, conditions and seeds of the data of a measurement."""
    found = measure_spec(w)
    return w.scale, w.dataset, map(data_condition, found.conditions), found.seeds


def measured_blocks(w, pattern):
    """One file of each block of trained networks that a job measures."""
    return [
        pattern.format(**w, condition=condition, block=block)
        for condition in measure_spec(w).conditions
        if condition != UNTRAINED and w.model != networks.REFERENCES
        for block in specs.blocks(config, w.scale, w.model)
    ]


# A job measures networks, or the reference functions that they are compared with: all seeds, and
# all conditions (part "all") or, for measures that take long, one condition.
rule measure:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: corrupted_tensors(*measured_on(w)),
        records=lambda w: data_records(*measured_on(w)),
        weights=lambda w: ancient(measured_blocks(w, rules.train.output.weights)),
        infos=lambda w: measured_blocks(w, rules.train.output.info),
    output:
        multiext(
            f"{RESULTS}/{{scale}}/measures/{{measure}}/{{dataset}}/{{model}}/{{recipe}}/{{part}}",
            table=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/measures/{{measure}}/{{dataset}}/{{model}}/{{recipe}}/{{part}}.log",
    wildcard_constraints:
        model="|".join([networks.REFERENCES, *config["models"]]),
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        **needs("measure"),
        gpu=int(DEVICE == "cuda"),
    params:
        spec=lambda w: spec(
            w,
            "measure",
            (
                "networks.measure:measure_references"
                if w.model == networks.REFERENCES
                else "networks.measure:measure_networks"
            ),
            measure_spec(w),
            [
                *specs.data_modules(config, *measured_on(w)[:3]),
                *(
                    [specs.model_module(config, w.model)]
                    if w.model in config["models"]
                    else []
                ),
                f"rethinking.measures.{w.measure}",
            ],
        ),
    message:
        "Measuring {wildcards.measure} of {wildcards.model}, {wildcards.part}, on {wildcards.dataset} ({wildcards.recipe})"
    script:
        "../step.py"


def trained_blocks(scale, experiment, pattern):
    """One file of each block of an experiment, in the order of the config."""
    return unique(
        pattern.format(scale=scale, block=block, **vars(setting))
        for setting in networks.settings(config, scale, experiment)
        for block in specs.blocks(config, scale, setting.model)
    )


def measured(w):
    """The measurements of an experiment; training measures the accuracies of networks."""
    return [
        rules.measure.output.table.format(scale=w.scale, **job)
        for job in networks.measure_jobs(config, w.scale, w.experiment)
    ]


rule metrics:
    input:
        measured=measured,
        infos=lambda w: trained_blocks(w.scale, w.experiment, rules.train.output.info),
        curves=lambda w: (
            trained_blocks(w.scale, w.experiment, rules.train.output.curve)
            if "regularizers" in config["scales"][w.scale]["experiments"][w.experiment]
            else []
        ),
    output:
        runs=table("{scale}", "{experiment}", "runs"),
        summary=report(
            table("{scale}", "{experiment}", "summary"),
            caption="../report/summary.rst",
            category="Tables",
            subcategory="{experiment}",
            labels={"table": "summary"},
        ),
        provenance=records_of(
            table("{scale}", "{experiment}", "runs"),
            table("{scale}", "{experiment}", "summary"),
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/metrics.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("metrics"),
    params:
        spec=lambda w: spec(
            w,
            "metrics",
            "networks.tables:write_metrics",
            networks.tables_spec(config, w.scale, w.experiment),
        ),
    message:
        "Tabulating {wildcards.experiment}"
    script:
        "../step.py"


# Measurements along a coordinate (profiles), and decisions of networks on planes.
rule profiles:
    input:
        measured=measured,
    output:
        table=table("{scale}", "{experiment}", "{profiles}"),
        provenance=records_of(table("{scale}", "{experiment}", "{profiles}")),
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/{{profiles}}.log",
    wildcard_constraints:
        profiles="profiles|planes",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("profiles"),
    params:
        spec=lambda w: spec(
            w,
            "profiles",
            f"networks.tables:write_{w.profiles}",
            networks.tables_spec(config, w.scale, w.experiment),
        ),
    message:
        "Tabulating the {wildcards.profiles} of {wildcards.experiment}"
    script:
        "../step.py"


rule curves:
    input:
        curves=lambda w: trained_blocks(w.scale, w.experiment, rules.train.output.curve),
        infos=lambda w: trained_blocks(w.scale, w.experiment, rules.train.output.info),
    output:
        table=table("{scale}", "{experiment}", "curves"),
        provenance=records_of(table("{scale}", "{experiment}", "curves")),
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/curves.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("curves"),
    params:
        spec=lambda w: spec(
            w,
            "curves",
            "networks.tables:write_curves",
            networks.tables_spec(config, w.scale, w.experiment),
        ),
    message:
        "Tabulating the learning curves of {wildcards.experiment}"
    script:
        "../step.py"


def shown(w):
    """Scale, data set, conditions and seeds of example images."""
    dataset = config["scales"][w.scale]["experiments"][w.experiment]["dataset"]
    return w.scale, dataset, networks.conditions(config, w.scale, w.experiment), [0]


rule examples:
    input:
        dataset=lambda w: dataset_tensors(*shown(w)[:2]),
        corrupted=lambda w: corrupted_tensors(*shown(w)),
        records=lambda w: data_records(*shown(w)),
    output:
        table=table("{scale}", "{experiment}", "examples"),
        provenance=records_of(table("{scale}", "{experiment}", "examples")),
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/examples.log",
    conda:
        "../../envs/train.yaml"
    resources:
        **needs("examples"),
    params:
        spec=lambda w: spec(
            w,
            "examples",
            "networks.examples:write_examples",
            networks.examples_spec(config, w.scale, w.experiment),
        ),
    message:
        "Choosing example images of {wildcards.experiment}"
    script:
        "../step.py"


TABLES["networks"] = lambda scale, experiment: [
    table(scale, experiment, name)
    for name in ("runs", "summary", "curves")
    if name != "curves" or networks.reports_training(config, scale, experiment)
]
MADE["networks"] = lambda scale, experiment: trained_blocks(
    scale, experiment, rules.train.output.info
)
