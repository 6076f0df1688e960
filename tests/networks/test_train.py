"""Blocks of networks as they are written: weights, description, accuracies and curves."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file

from rethinking.data.corrupt import load_corrupted, write_corrupted
from rethinking.data.dataset import load, save
from rethinking.data.specs import CorruptSpec
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.measures import accuracy
from rethinking.names.specs import ModelSpec
from rethinking.networks.metrics import subject
from rethinking.networks.train import train_block
from rethinking.training.checkpoint import load_block
from rethinking.training.data import build_for, training_data
from tests.conftest import make_dataset
from tests.helpers.training import RESNET, SPEC, block_files, outcome, train_spec, write_block


@pytest.fixture
def files(tmp_path):
    """Data of two seeds in one file, whose labels differ."""
    base = make_dataset()
    labels = [(base.train_labels + seed) % base.classes for seed in (0, 1)]
    both = {seed: replace(base, train_labels=own) for seed, own in enumerate(labels)}
    return block_files(tmp_path, base, [both])


def again(files):
    """The same files, with a folder of its own for the states of the training."""
    return files | {"resume": files["resume"] / "again"}


@pytest.mark.parametrize("model", [SPEC.model, RESNET], ids=["mlp", "resnet18"])
def test_a_block_is_written_whole_and_reads_back(files, model):
    train_block(**files, spec=train_spec(model=model))
    members = load_block(files["weights"], files["info"])
    assert [(one.seed, one.status, one.epochs) for one in members] == [
        (0, "budget_ended", 3),
        (1, "budget_ended", 3),
    ]
    info = read_json(files["info"])
    for member in info["members"]:
        del member["metrics"]
    parameters = sum(tensor[0].numel() for tensor in parameters_of(files["weights"]))
    assert info == {
        "dataset": "made_up",
        "condition": "label_noise-0.50",
        "model": model.name,
        "recipe": "plain",
        "facts": {
            f"models/{model.name}/parameters": parameters,
            f"models/{model.name}/precision": "float32",
        },
        "members": [{"seed": s, "status": "budget_ended", "epochs": 3} for s in (0, 1)],
    }
    with files["curve"].open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert list(rows[0]) == [
        "seed", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy",
    ]  # fmt: skip


def parameters_of(weights):
    """The tensors of a checkpoint that training changes by its gradient."""
    names = ("running_mean", "running_var", "num_batches_tracked")
    return [tensor for name, tensor in load_file(weights).items() if not name.endswith(names)]


@pytest.mark.parametrize("model", [SPEC.model, RESNET], ids=["mlp", "resnet18"])
def test_accuracies_are_those_of_the_networks_that_are_written_on_their_own_labels(files, model):
    spec = train_spec(model=model)
    train_block(**files, spec=spec)
    base, (block,) = load(files["dataset"]), files["corrupted"]
    for one, member in zip(
        load_block(files["weights"], files["info"]),
        read_json(files["info"])["members"],
        strict=True,
    ):
        own = load_corrupted(block, base, one.seed)
        network = build_for(base, model, None, one.seed)
        network.load_state_dict(one.state)
        data = training_data([own], spec.recipe.scaling, None, torch.device("cpu"))
        found = accuracy.measure(subject(network.train(False), data, one.seed))
        assert member["metrics"] == [
            {
                "metric": metric.name,
                "value": pytest.approx(metric.value, rel=1e-6),
                "unit": metric.unit,
                "points": metric.points,
                "note": "",
            }
            for metric in found
        ]


def test_of_a_network_that_diverged_the_accuracies_are_named_without_a_number(files):
    train_block(**files, spec=train_spec({"learning_rate": 1e30}))
    for member in read_json(files["info"])["members"]:
        assert member["status"] == "diverged"
        assert {one["value"] for one in member["metrics"]} == {None}
        assert {one["note"] for one in member["metrics"]} == {"diverged"}
        names = [one["metric"] for one in member["metrics"]]
        assert names == ["train_accuracy", "train_loss", "test_accuracy", "test_loss"]
    assert "NaN" not in files["info"].read_text()


def test_networks_do_not_depend_on_how_many_seeds_a_file_of_data_holds(files):
    save(make_dataset(), files["dataset"])
    outcomes = []
    for blocks in ([[0, 1]], [[1], [0]], [[0, 1, 2]]):
        paths = [files["dataset"].with_name(f"{seeds}.safetensors") for seeds in blocks]
        for seeds, path in zip(blocks, paths, strict=True):
            spec = CorruptSpec(SPEC.dataset, SPEC.condition, seeds)
            write_corrupted(files["dataset"], path, spec)
        named = {"corrupted": paths, "resume": files["resume"] / str(blocks)}
        train_block(**files | named, spec=SPEC)
        outcomes.append(outcome(files))
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_a_crop_is_what_the_network_sees(files):
    """Outside of the crop everything may change."""
    spec = train_spec({"crop": 2}, seeds=[0])
    outcomes = []
    for frame in (0, 255):
        base = make_dataset(shape=(2, 4, 4))
        for images in (base.train_images, base.test_images):
            inside = images[:, :, 1:3, 1:3].copy()
            images[:] = frame
            images[:, :, 1:3, 1:3] = inside
        save(base, files["dataset"])
        write_block(files["corrupted"][0], {0: base}, base, spec.condition)
        train_block(**files | {"resume": files["resume"] / str(frame)}, spec=spec)
        outcomes.append(outcome(files))
    assert outcomes[0] == outcomes[1]
    assert load_file(files["weights"])["1.weight"].shape == (1, 32, 8)


def test_a_network_too_deep_is_refused_before_it_trains(files):
    deep = ModelSpec("deep", "vgg11", {"pools": 5, "width_factor": 0.02})
    with pytest.raises(InputError, match="deep: cannot take images of 2×4×3"):
        train_block(**files, spec=train_spec(model=deep))
    assert not files["weights"].exists()


def test_bfloat16_is_named_and_changes_the_products_only(files):
    train_block(**files, spec=train_spec(model=RESNET))
    exact = load_file(files["weights"])
    compute = replace(SPEC.compute, precision="bfloat16")
    train_block(**again(files), spec=train_spec(model=RESNET, compute=compute))
    rounded = load_file(files["weights"])
    assert read_json(files["info"])["facts"]["models/r/precision"] == "bfloat16"
    assert all(rounded[name].dtype == tensor.dtype for name, tensor in exact.items())
    assert any((rounded[name] != tensor).any() for name, tensor in exact.items())


@pytest.mark.skipif(not Path("/proc").exists(), reason="counts threads as Linux shows them")
def test_a_job_computes_in_as_many_threads_as_the_config_says(files):
    # In a process of its own, where nothing else has started threads.
    code = (
        "import sys, json, msgspec, torch, os\n"
        "from pathlib import Path\n"
        "from rethinking.networks.specs import TrainSpec\n"
        "from rethinking.networks.train import train_block\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "files, spec = json.loads(sys.argv[1])\n"
        "paths = {k: [Path(p) for p in v] if isinstance(v, list) else Path(v)"
        " for k, v in files.items()}\n"
        "train_block(**paths, spec=msgspec.convert(spec, TrainSpec))\n"
        "print(torch.get_num_threads(), len(os.listdir('/proc/self/task')) - before)\n"
    )
    names = {k: [str(p) for p in v] if isinstance(v, list) else str(v) for k, v in files.items()}
    spec = msgspec.to_builtins(train_spec(model=RESNET))
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([names, spec])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", "0"]


def test_networks_that_keep_more_than_parameters_train_one_by_one_and_keep_it(files, monkeypatch):
    def build(shape, classes):
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(24, classes))
        network.register_buffer("mask", torch.ones(3))
        return network

    monkeypatch.setattr("rethinking.models.mlp.build", build)
    train_block(**files, spec=train_spec(model=ModelSpec("m", "mlp", {})))
    members = load_block(files["weights"], files["info"])
    assert [one.state["mask"].tolist() for one in members] == [[1, 1, 1]] * 2


def test_dropout_trains_in_a_block_and_gives_the_same_bytes_again(files, monkeypatch):
    def build(shape, classes):
        layers = [torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(24, classes)]
        return torch.nn.Sequential(*layers)

    monkeypatch.setattr("rethinking.models.mlp.build", build)
    spec = train_spec(model=ModelSpec("m", "mlp", {}))
    train_block(**files, spec=spec)
    first = files["weights"].read_bytes()
    train_block(**again(files), spec=spec)
    assert files["weights"].read_bytes() == first


def test_nothing_half_written_is_left(files, tmp_path):
    train_block(**files, spec=SPEC)
    hidden = [path.name for path in tmp_path.rglob("*") if path.name.startswith(".")]
    assert set(hidden) <= {".run.lease"}


def test_a_damaged_checkpoint_is_named(files):
    train_block(**files, spec=SPEC)
    files["weights"].write_bytes(files["weights"].read_bytes()[:-5])
    with pytest.raises(InputError, match=r"run\.safetensors: damaged"):
        load_block(files["weights"], files["info"])
