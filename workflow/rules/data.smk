# Images and labels, uncorrupted and corrupted.
from rethinking.step.provenance import record_of
from rethinking.study.images import archives_of


# This is the only step that needs the network. It runs on the machine where Snakemake was started.
localrules:
    download,


# The checksum determines an archive, so that its spec has no code.
rule download:
    output:
        archive=f"{RESULTS}/downloads/{{source}}/{{archive}}.gz",
        provenance=f"{RESULTS}/downloads/{{source}}/{{archive}}.provenance.json",
    log:
        f"{RESULTS}/downloads/{{source}}/{{archive}}.log",
    conda:
        "../../envs/train.yaml"
    resources:
        **needs("download"),
    params:
        spec=lambda w: {
            "call": "rethinking.data.download:download",
            "code": {},
            "inputs": "",
            "sha256": archives_of(w.source)[f"{w.archive}.gz"]["sha256"],
            "source_files": {},
            "versions": {},
        },
    message:
        "Downloading {wildcards.archive}.gz of {wildcards.source}"
    script:
        "../step.py"


# A folder of pictures is not an input, because Snakemake's cache cannot read folders. A hash of its
# contents is part of the spec.
rule dataset:
    input:
        archives=lambda w: ancient(
            [str(path) for path in specs.archives(config, w.scale, w.dataset)]
        ),
        records=lambda w: [
            str(record_of(path))
            for path in specs.archives(config, w.scale, w.dataset)
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
        **needs("dataset"),
    params:
        spec=lambda w: spec(
            w,
            "dataset",
            "data.read:write_dataset",
            {"dataset": specs.dataset_spec(config, w.scale, w.dataset)},
            specs.data_modules(config, w.scale, w.dataset, []),
        ),
    message:
        "Reading the images of {wildcards.dataset}"
    script:
        "../step.py"


# Rules read large files as ancient(): their time stamps mean nothing, and Snakemake would take long
# to compare their contents. Beside each of them, rules read a small file of the same job, which
# changes whenever that job runs again.
rule corrupted:
    input:
        dataset=ancient(rules.dataset.output.tensors),
        records=rules.dataset.output.provenance,
    output:
        tensors=f"{RESULTS}/{{scale}}/data/{{dataset}}/{{condition}}/block-{{block}}.safetensors",
        provenance=f"{RESULTS}/{{scale}}/data/{{dataset}}/{{condition}}/block-{{block}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/data/{{dataset}}/{{condition}}/block-{{block}}.log",
    conda:
        "../../envs/train.yaml"
    resources:
        **needs("corrupted"),
    params:
        spec=lambda w: spec(
            w,
            "corrupted",
            "data.corrupt:write_corrupted",
            specs.corrupt_spec(config, w.scale, w.dataset, w.condition, int(w.block)),
            specs.data_modules(config, w.scale, w.dataset, [w.condition]),
        ),
    message:
        "Corrupting {wildcards.dataset}: {wildcards.condition}, block {wildcards.block}"
    script:
        "../step.py"
