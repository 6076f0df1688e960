# Images and labels, as they are and corrupted.


# Pictures are no input: what lies in their folder is part of the spec, and the cache between
# workflows cannot read folders.
rule dataset:
    output:
        tensors=f"{RESULTS}/{{scale}}/data/{{dataset}}/dataset.safetensors",
        info=f"{RESULTS}/{{scale}}/data/{{dataset}}/dataset.json",
        provenance=f"{RESULTS}/{{scale}}/data/{{dataset}}/dataset.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/data/{{dataset}}.log",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        spec=lambda w: spec(
            "dataset.py",
            [
                "rethinking.data.sources."
                + config["scales"][w.scale]["datasets"][w.dataset]["source"]
            ],
            dataset=study.dataset_spec(config, w.scale, w.dataset),
        ),
    message:
        "Reading the images of {wildcards.dataset}"
    script:
        "../scripts/dataset.py"


rule corrupted:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        records=rules.dataset.output.provenance,
    output:
        tensors=f"{RESULTS}/{{scale}}/data/{{dataset}}/{{condition}}/seed-{{seed}}.safetensors",
        provenance=f"{RESULTS}/{{scale}}/data/{{dataset}}/{{condition}}/seed-{{seed}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/data/{{dataset}}/{{condition}}/seed-{{seed}}.log",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        spec=lambda w: spec(
            "corrupted.py",
            condition_modules(w),
            dataset=study.dataset_spec(config, w.scale, w.dataset),
            condition=w.condition,
            seed=int(w.seed),
        ),
    message:
        "Corrupting {wildcards.dataset}: {wildcards.condition}, seed {wildcards.seed}"
    script:
        "../scripts/corrupted.py"
