# Images and labels, as they are and corrupted.


# The one step that needs the network, and it runs where Snakemake was started.
localrules:
    download,


# What an archive holds is known by its checksum, whatever code fetched it.
rule download:
    output:
        archive=f"{RESULTS}/downloads/{{source}}/{{archive}}.gz",
        provenance=f"{RESULTS}/downloads/{{source}}/{{archive}}.provenance.json",
    log:
        f"{RESULTS}/downloads/{{source}}/{{archive}}.log",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=needs("mem_mb", "download"),
        runtime=needs("runtime", "download"),
    params:
        spec=lambda w: {
            "code": {},
            "inputs": "",
            "sha256": archives_of(w.source)[f"{w.archive}.gz"]["sha256"],
            "source_files": {},
            "versions": {},
        },
    message:
        "Downloading {wildcards.archive}.gz of {wildcards.source}"
    script:
        "../scripts/download.py"


# Pictures are no input: what lies in their folder is part of the spec, and the cache between
# workflows cannot read folders.
rule dataset:
    input:
        archives=lambda w: ancient(
            [str(path) for path in study.archives(config, w.scale, w.dataset)]
        ),
        records=lambda w: [
            str(record_of(path))
            for path in study.archives(config, w.scale, w.dataset)
            if path.is_relative_to(RESULTS)
        ],
    output:
        tensors=f"{RESULTS}/{{scale}}/data/{{dataset}}/dataset.safetensors",
        info=f"{RESULTS}/{{scale}}/data/{{dataset}}/dataset.json",
        provenance=f"{RESULTS}/{{scale}}/data/{{dataset}}/dataset.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/data/{{dataset}}.log",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=needs("mem_mb", "dataset"),
        runtime=needs("runtime", "dataset"),
    params:
        spec=lambda w: spec(
            w,
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
        mem_mb=needs("mem_mb", "corrupted"),
        runtime=needs("runtime", "corrupted"),
    params:
        spec=lambda w: spec(
            w,
            "corrupted.py",
            data_modules(w.scale, w.dataset, [w.condition]),
            dataset=study.dataset_spec(config, w.scale, w.dataset),
            condition=w.condition,
            seed=int(w.seed),
        ),
    message:
        "Corrupting {wildcards.dataset}: {wildcards.condition}, seed {wildcards.seed}"
    script:
        "../scripts/corrupted.py"


rule examples:
    input:
        dataset=lambda w: ancient(
            rules.dataset.output.tensors.format(
                scale=w.scale, dataset=study.experiment_dataset(config, **w)
            )
        ),
        corrupted=lambda w: corrupted_data(
            w.scale,
            study.experiment_dataset(config, **w),
            study.experiment_conditions(config, **w),
            [0],
        ),
        records=lambda w: data_records(
            w.scale,
            study.experiment_dataset(config, **w),
            study.experiment_conditions(config, **w),
            [0],
        ),
    output:
        table=f"{RESULTS}/{{scale}}/tables/{{experiment}}/examples.csv",
        provenance=f"{RESULTS}/{{scale}}/tables/{{experiment}}/examples.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/examples.log",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=needs("mem_mb", "examples"),
        runtime=needs("runtime", "examples"),
    params:
        spec=lambda w: spec(
            w,
            "examples.py",
            data_modules(
                w.scale,
                study.experiment_dataset(config, **w),
                study.experiment_conditions(config, **w),
            ),
            conditions=study.experiment_conditions(config, **w),
        ),
    message:
        "Choosing example images of {wildcards.experiment}"
    script:
        "../scripts/examples.py"
