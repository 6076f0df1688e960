# What is measured on trained networks and on what they are held against.


# All seeds in one job, and all conditions too (part "all") unless the measure wants one for each.
rule measure:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: corrupted_data(
            w.scale,
            w.dataset,
            data_conditions(w),
            study.seeds(config, w.scale, w.model),
        ),
        records=lambda w: data_records(
            w.scale,
            w.dataset,
            unique(data_conditions(w)),
            study.seeds(config, w.scale, w.model),
        ),
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
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=needs("mem_mb", "measure"),
        runtime=needs("runtime", "measure"),
    params:
        spec=lambda w: spec(
            w,
            "measure.py",
            [
                *network_modules(w, data_conditions(w)),
                f"rethinking.measures.{w.measure}",
            ],
            model=study.model_spec(config, w.scale, w.model, w.recipe),
            seeds=study.seeds(config, w.scale, w.model),
            **measured_spec(w, study.crop(config, w.scale, w.model)),
        ),
    message:
        "Measuring {wildcards.measure} of {wildcards.model}, {wildcards.part}, trained on {wildcards.dataset} ({wildcards.recipe})"
    script:
        "../scripts/measure.py"


# They see whole images: networks with different crops are held against the same functions.
rule measure_references:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        corrupted=lambda w: corrupted_data(
            w.scale, w.dataset, measured_conditions(w), reference_seeds(w)
        ),
        records=lambda w: data_records(
            w.scale, w.dataset, measured_conditions(w), reference_seeds(w)
        ),
    output:
        multiext(
            f"{RESULTS}/{{scale}}/measures/{{measure}}/{{dataset}}/references/{{recipe}}/{{part}}",
            table=".csv",
            provenance=".provenance.json",
        ),
    log:
        f"{RESULTS}/{{scale}}/logs/measures/{{measure}}/{{dataset}}/references/{{recipe}}/{{part}}.log",
    cache: CACHED
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=int(DEVICE == "cuda"),
        mem_mb=needs("mem_mb", "measure_references"),
        runtime=needs("runtime", "measure_references"),
    params:
        spec=lambda w: spec(
            w,
            "measure_references.py",
            [
                *data_modules(w.scale, w.dataset, measured_conditions(w)),
                f"rethinking.measures.{w.measure}",
            ],
            references=study.measured_references(
                config, w.scale, w.measure, w.dataset, w.recipe
            ),
            seeds=reference_seeds(w),
            **measured_spec(w, crop=None),
        ),
    message:
        "Measuring {wildcards.measure} of references, {wildcards.part}, on {wildcards.dataset}"
    script:
        "../scripts/measure_references.py"


# All conditions at once, and a block of seeds: most take less than a job's start.
rule measure_construction:
    input:
        dataset=lambda w: ancient(construction_data(w, rules.dataset.output.tensors)),
        corrupted=lambda w: corrupted_data(
            w.scale,
            constructions.asked(config, w.scale, w.construction)["dataset"],
            constructions.asked(config, w.scale, w.construction)["conditions"],
            constructions.block_seeds(config, w.scale, w.construction, int(w.block)),
        ),
        records=lambda w: data_records(
            w.scale,
            constructions.asked(config, w.scale, w.construction)["dataset"],
            constructions.asked(config, w.scale, w.construction)["conditions"],
            constructions.block_seeds(config, w.scale, w.construction, int(w.block)),
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
            needs("mem_mb", "measure_construction")(w, attempt)
            + constructions.matrices_mb(config, w.scale, w.construction)
        ),
        runtime=needs("runtime", "measure_construction"),
    params:
        spec=lambda w: spec(
            w,
            "measure_construction.py",
            [
                *data_modules(
                    w.scale,
                    constructions.asked(config, w.scale, w.construction)["dataset"],
                    constructions.asked(config, w.scale, w.construction)["conditions"],
                ),
                f"rethinking.constructions.{constructions.asked(config, w.scale, w.construction)['module']}",
            ],
            **constructions.construction_spec(
                config, w.scale, w.construction, int(w.block)
            ),
        ),
    message:
        "Constructing functions: {wildcards.construction}, block {wildcards.block}"
    script:
        "../scripts/measure_construction.py"


# All cells of a model at once: comparing answers takes less than a job's start.
rule measure_transfer:
    input:
        dataset=lambda w: ancient(transfer_data(w, rules.dataset.output.tensors)),
        records=lambda w: transfer_data(w, rules.dataset.output.provenance),
        weights=lambda w: ancient(
            all_cells(w.scale, w.transfer, w.model, rules.teachers.output.weights)
        ),
        infos=lambda w: all_cells(
            w.scale, w.transfer, w.model, rules.teachers.output.info
        ),
        answers=lambda w: ancient(
            all_cells(w.scale, w.transfer, w.model, rules.students.output.answers)
        ),
        abouts=lambda w: all_cells(
            w.scale, w.transfer, w.model, rules.students.output.about
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
        gpu=int(DEVICE == "cuda"),
        mem_mb=needs("mem_mb", "measure_transfer"),
        runtime=needs("runtime", "measure_transfer"),
    params:
        spec=lambda w: spec(
            w,
            "measure_transfer.py",
            transfer_modules(
                w, *transfers.cells(config, w.scale, w.transfer, w.model)
            ),
            **transfers.measured_spec(config, w.scale, w.transfer, w.model),
        ),
    message:
        "Measuring agreement: {wildcards.transfer}, {wildcards.model}"
    script:
        "../scripts/measure_transfer.py"
