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
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=needs("mem_mb", "train"),
        runtime=needs("runtime", "train"),
    params:
        spec=lambda w: spec(
            w,
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


# A block of teachers, and beside them those that differ from each in one thing only.
rule teachers:
    input:
        dataset=lambda w: ancient(transfer_data(w, rules.dataset.output.tensors)),
        records=lambda w: transfer_data(w, rules.dataset.output.provenance),
    output:
        multiext(
            f"{RESULTS}/{{scale}}/transfers/{{transfer}}/{{model}}/{{images}}-{{n1}}/block-{{block}}/teachers",
            weights=".safetensors",
            info=".json",
            curve=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/transfers/{{transfer}}/{{model}}/{{images}}-{{n1}}/block-{{block}}/teachers.log",
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=needs("mem_mb", "teachers"),
        runtime=needs("runtime", "teachers"),
    params:
        spec=lambda w: spec(
            w,
            "teachers.py",
            transfer_modules(w, cell_of(w)),
            **transfers.teachers_spec(config, w.scale, cell_of(w), int(w.block)),
        ),
    message:
        "Training teachers: {wildcards.model} on {wildcards.n1} images of {wildcards.images}, block {wildcards.block}"
    script:
        "../scripts/teachers.py"


# They are labelled in the same job, which takes less than its start.
rule students:
    input:
        dataset=lambda w: ancient(transfer_data(w, rules.dataset.output.tensors)),
        records=lambda w: transfer_data(w, rules.dataset.output.provenance),
        weights=ancient(rules.teachers.output.weights),
        info=rules.teachers.output.info,
    output:
        multiext(
            f"{RESULTS}/{{scale}}/transfers/{{transfer}}/{{model}}/{{images}}-{{n1}}/block-{{block}}/students-{{student_images}}",
            answers=".safetensors",
            about=".json",
            curve=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/transfers/{{transfer}}/{{model}}/{{images}}-{{n1}}/block-{{block}}/students-{{student_images}}.log",
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=needs("mem_mb", "students"),
        runtime=needs("runtime", "students"),
    params:
        spec=lambda w: spec(
            w,
            "students.py",
            # Linear students are perceptrons without hidden layers.
            [
                *transfer_modules(w, cell_of(w, w.student_images)),
                "rethinking.models.mlp",
            ],
            **transfers.students_spec(
                config, w.scale, cell_of(w, w.student_images), int(w.block)
            ),
        ),
    message:
        "Training students on {wildcards.student_images}: {wildcards.model}, teachers on {wildcards.n1} images of {wildcards.images}, block {wildcards.block}"
    script:
        "../scripts/students.py"


# All that a finished run may be put back from is needed no more: Snakemake has it on record.
onsuccess:
    for finished in Path(RESULTS).glob("*/.resume/*/finished.state"):
        shutil.rmtree(finished.parent, ignore_errors=True)
