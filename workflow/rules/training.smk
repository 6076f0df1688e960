# Trained networks, a block of seeds at a time.
import shutil


rule train:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: corrupted_data(
            w.scale,
            w.dataset,
            [w.condition],
            study.block_seeds(config, w.scale, w.model, int(w.block)),
        ),
        records=lambda w: data_records(
            w.scale,
            w.dataset,
            [w.condition],
            study.block_seeds(config, w.scale, w.model, int(w.block)),
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
    cache: True
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=4000,
        runtime=120,
    params:
        spec=lambda w: spec(
            "train.py",
            network_modules(w, [w.condition]),
            condition=w.condition,
            seeds=study.block_seeds(config, w.scale, w.model, int(w.block)),
            **network_spec(w),
        ),
    message:
        "Training {wildcards.model} on {wildcards.dataset}, {wildcards.condition}, block {wildcards.block}"
    script:
        "../scripts/train.py"


# All that a finished run may be put back from is needed no more: Snakemake has it on record.
onsuccess:
    for finished in Path(RESULTS).glob("*/.resume/*/finished.state"):
        shutil.rmtree(finished.parent, ignore_errors=True)
