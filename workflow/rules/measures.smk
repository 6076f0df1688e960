# What is measured on trained networks, all seeds of a setting in one job.


rule measure:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: [
            ancient(
                rules.corrupted.output.tensors.format(
                    scale=w.scale, dataset=w.dataset, condition=w.condition, seed=seed
                )
            )
            for seed in study.seeds(config, w.scale, w.model)
        ],
        records=lambda w: data_records(w, study.seeds(config, w.scale, w.model)),
        weights=lambda w: [
            ancient(rules.train.output.weights.format(**w, block=block))
            for block in study.blocks(config, w.scale, w.model)
        ],
        infos=lambda w: [
            rules.train.output.info.format(**w, block=block)
            for block in study.blocks(config, w.scale, w.model)
        ],
    output:
        multiext(
            f"{RESULTS}/{{scale}}/measures/{{measure}}/{{dataset}}/{{condition}}/{{model}}/{{recipe}}",
            table=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/measures/{{measure}}/{{dataset}}/{{condition}}/{{model}}/{{recipe}}.log",
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
            [*setting_modules(w), f"rethinking.measures.{w.measure}"],
            measure=w.measure,
            seeds=study.seeds(config, w.scale, w.model),
            **setting_spec(w),
        ),
    message:
        "Measuring {wildcards.measure} of {wildcards.model} on {wildcards.dataset}, {wildcards.condition}"
    script:
        "../scripts/measure.py"
