# What is measured on trained networks: all conditions and seeds of a model in one job.


rule measure:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: corrupted_data(
            w.scale,
            w.dataset,
            measured_conditions(w),
            study.seeds(config, w.scale, w.model),
        ),
        records=lambda w: data_records(
            w.scale,
            w.dataset,
            measured_conditions(w),
            study.seeds(config, w.scale, w.model),
        ),
        weights=lambda w: ancient(measured_blocks(w, rules.train.output.weights)),
        infos=lambda w: measured_blocks(w, rules.train.output.info),
    output:
        multiext(
            f"{RESULTS}/{{scale}}/measures/{{measure}}/{{dataset}}/{{model}}/{{recipe}}",
            table=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/measures/{{measure}}/{{dataset}}/{{model}}/{{recipe}}.log",
    cache: True
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=4000,
        runtime=60,
    params:
        spec=lambda w: spec(
            "measure.py",
            [
                *network_modules(w, measured_conditions(w)),
                f"rethinking.measures.{w.measure}",
            ],
            conditions=measured_conditions(w),
            measure=w.measure,
            seeds=study.seeds(config, w.scale, w.model),
            **network_spec(w),
        ),
    message:
        "Measuring {wildcards.measure} of {wildcards.model}, trained on {wildcards.dataset} ({wildcards.recipe})"
    script:
        "../scripts/measure.py"
