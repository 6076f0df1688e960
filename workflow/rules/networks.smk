# Networks that are trained on corrupted data, a block of seeds in a job, and their measurements.
import shutil

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


rule train:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: ancient(
            specs.corrupted_files(
                config, rules.corrupted.output.tensors, *networks.trained_on(config, w)
            )
        ),
        records=lambda w: specs.corrupted_files(
            config, rules.corrupted.output.provenance, *networks.trained_on(config, w)
        ),
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
            networks.train_spec(
                config,
                w.scale,
                Setting(w.dataset, w.condition, w.model, w.recipe),
                int(w.block),
            ),
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


# A job measures networks, or the reference functions that they are compared with: all seeds, and
# all conditions (part "all") or, for measures that take long, one condition.
rule measure:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: ancient(
            specs.corrupted_files(
                config,
                rules.corrupted.output.tensors,
                *networks.measured_on(config, w),
            )
        ),
        records=lambda w: specs.corrupted_files(
            config, rules.corrupted.output.provenance, *networks.measured_on(config, w)
        ),
        weights=lambda w: ancient(
            networks.measured_blocks(config, rules.train.output.weights, w)
        ),
        infos=lambda w: networks.measured_blocks(config, rules.train.output.info, w),
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
            networks.measure_spec(config, **w),
            [
                *specs.data_modules(config, *networks.measured_on(config, w)[:3]),
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


rule metrics:
    input:
        measured=lambda w: networks.measured_files(
            config, rules.measure.output.table, w.scale, w.experiment
        ),
        infos=lambda w: networks.trained_blocks(
            config, rules.train.output.info, w.scale, w.experiment
        ),
        curves=lambda w: (
            networks.trained_blocks(
                config, rules.train.output.curve, w.scale, w.experiment
            )
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
        measured=lambda w: networks.measured_files(
            config, rules.measure.output.table, w.scale, w.experiment
        ),
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
        curves=lambda w: networks.trained_blocks(
            config, rules.train.output.curve, w.scale, w.experiment
        ),
        infos=lambda w: networks.trained_blocks(
            config, rules.train.output.info, w.scale, w.experiment
        ),
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


rule examples:
    input:
        dataset=lambda w: ancient(
            rules.dataset.output.tensors.format(
                scale=w.scale, dataset=networks.shown(config, **w)[1]
            )
        ),
        corrupted=lambda w: ancient(
            specs.corrupted_files(
                config, rules.corrupted.output.tensors, *networks.shown(config, **w)
            )
        ),
        records=lambda w: specs.corrupted_files(
            config, rules.corrupted.output.provenance, *networks.shown(config, **w)
        ),
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
MADE["networks"] = lambda scale, experiment: networks.trained_blocks(
    config, rules.train.output.info, scale, experiment
)
