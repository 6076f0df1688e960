# Teachers, and students that learn from images which the teachers label.
from rethinking.transfers import study as transfers
from rethinking.names.condition import KINDS


wildcard_constraints:
    transfer=names(lambda scale: scale.get("transfers", {})),
    images="|".join(KINDS),
    student_images="|".join(KINDS),
    n1="[0-9]+",


# A block of teachers, and the pairs of each: teachers that differ from it in one thing only.
rule teachers:
    input:
        dataset=lambda w: ancient(
            transfers.dataset_file(config, rules.dataset.output.tensors, w)
        ),
        records=lambda w: transfers.dataset_file(
            config, rules.dataset.output.provenance, w
        ),
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
        **needs("teachers"),
        gpu=int(DEVICE == "cuda"),
    params:
        spec=lambda w: spec(
            w,
            "teachers",
            "transfers.teachers:train_teachers",
            transfers.teachers_spec(
                config, w.scale, transfers.cell_of(w), int(w.block)
            ),
            transfers.modules(config, w.scale, w.transfer, w.model),
        ),
    message:
        "Training teachers: {wildcards.model} on {wildcards.n1} images of {wildcards.images}, block {wildcards.block}"
    script:
        "../step.py"


# The same job labels the images by the teachers: labelling takes less time than starting a job.
rule students:
    input:
        dataset=lambda w: ancient(
            transfers.dataset_file(config, rules.dataset.output.tensors, w)
        ),
        records=lambda w: transfers.dataset_file(
            config, rules.dataset.output.provenance, w
        ),
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
        **needs("students"),
        gpu=int(DEVICE == "cuda"),
    params:
        spec=lambda w: spec(
            w,
            "students",
            "transfers.students:train_students",
            transfers.students_spec(
                config, w.scale, transfers.cell_of(w), int(w.block)
            ),
            transfers.modules(config, w.scale, w.transfer, w.model),
        ),
    message:
        "Training students on {wildcards.student_images}: {wildcards.model}, teachers on {wildcards.n1} images of {wildcards.images}, block {wildcards.block}"
    script:
        "../step.py"


# One job compares all cells of a model: comparing logits takes less time than starting a job.
rule measure_transfer:
    input:
        dataset=lambda w: ancient(
            transfers.dataset_file(config, rules.dataset.output.tensors, w)
        ),
        records=lambda w: transfers.dataset_file(
            config, rules.dataset.output.provenance, w
        ),
        weights=lambda w: ancient(
            transfers.cell_blocks(
                config, rules.teachers.output.weights, w.scale, w.transfer, w.model
            )
        ),
        infos=lambda w: transfers.cell_blocks(
            config, rules.teachers.output.info, w.scale, w.transfer, w.model
        ),
        answers=lambda w: ancient(
            transfers.cell_blocks(
                config, rules.students.output.answers, w.scale, w.transfer, w.model
            )
        ),
        abouts=lambda w: transfers.cell_blocks(
            config, rules.students.output.about, w.scale, w.transfer, w.model
        ),
    output:
        multiext(
            f"{RESULTS}/{{scale}}/transfers/{{transfer}}/{{model}}/agreement",
            table=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/transfers/{{transfer}}/{{model}}/agreement.log",
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        **needs("measure_transfer"),
        gpu=int(DEVICE == "cuda"),
    params:
        spec=lambda w: spec(
            w,
            "measure_transfer",
            "transfers.measure:measure_cells",
            transfers.agreement_spec(config, w.scale, w.transfer, w.model),
            transfers.modules(config, w.scale, w.transfer, w.model),
        ),
    message:
        "Measuring the agreement of {wildcards.model} in {wildcards.transfer}"
    script:
        "../step.py"


rule transfer_tables:
    input:
        measured=lambda w: [
            rules.measure_transfer.output.table.format(
                scale=w.scale, transfer=w.transfer, model=model
            )
            for model in transfers.entry_of(config, w.scale, w.transfer)["teachers"]
        ],
    output:
        **{
            name: report(
                table("{scale}", "{transfer}", name),
                caption=f"../report/{name}.rst",
                category="Tables",
                subcategory="{transfer}",
                labels={"table": name},
            )
            for name in ("summary", "sample_efficiency", "confusion")
        },
        runs=table("{scale}", "{transfer}", "runs"),
        provenance=records_of(
            *(table("{scale}", "{transfer}", name) for name in transfers.TABLES)
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{transfer}}/tables.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("transfer_tables"),
    params:
        spec=lambda w: spec(
            w,
            "transfer_tables",
            "transfers.tables:write_tables",
            {
                "thresholds": transfers.entry_of(config, w.scale, w.transfer)[
                    "thresholds"
                ]
            },
        ),
    message:
        "Tabulating {wildcards.transfer}"
    script:
        "../step.py"


TABLES["transfers"] = lambda scale, transfer: [
    table(scale, transfer, name) for name in transfers.TABLES
]
MADE["transfers"] = lambda scale, transfer: transfers.cell_blocks(
    config, rules.students.output.about, scale, transfer
)
