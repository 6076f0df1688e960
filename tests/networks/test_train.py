import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rethinking.data.dataset import save
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.networks.train import train_block, training_data
from rethinking.training.checkpoint import load_block
from rethinking.training.device import use_device
from tests.conftest import make_dataset

SPEC = {
    "seeds": [0, 1],
    "dataset": {"name": "made_up"},
    "condition": "label_noise-0.50",
    "model": {"name": "m", "module": "mlp", "options": {"hidden": [32]}},
    "recipe": {
        "name": "plain",
        "optimizer": "sgd",
        "batch_size": 16,
        "learning_rate": 0.1,
        "momentum": 0.9,
        "weight_decay": 0.0,
        "schedule": "constant",
        "max_epochs": 3,
        "stop_at_train_accuracy": 1.0,
        "scaling": "per_image",
        "crop": None,
    },
    "device": "cpu",
    "threads": 1,
    "precision": "float32",
    "compile": False,
}
RESNET = {"name": "r", "module": "resnet18", "options": {"width_factor": 0.125}}


@pytest.fixture
def files(tmp_path):
    base = make_dataset()
    save(base, tmp_path / "base.safetensors")
    for seed in (0, 1):
        changed = replace(base, train_labels=(base.train_labels + seed) % base.classes)
        save(changed, tmp_path / f"seed-{seed}.safetensors", base)
    return {
        "dataset": tmp_path / "base.safetensors",
        "corrupted": [tmp_path / f"seed-{seed}.safetensors" for seed in (0, 1)],
        "weights": tmp_path / "run.safetensors",
        "info": tmp_path / "run.json",
        "curve": tmp_path / "run.csv",
        "resume": tmp_path / "resume",
    }


@pytest.mark.parametrize("model", [SPEC["model"], RESNET], ids=["mlp", "resnet18"])
def test_a_block_is_written_whole_and_reads_back(files, model):
    train_block(**files, spec=SPEC | {"model": model})
    members = load_block(files["weights"], files["info"])
    assert [(one.seed, one.status, one.epochs) for one in members] == [
        (0, "budget_ended", 3),
        (1, "budget_ended", 3),
    ]
    info = read_json(files["info"])
    assert info == {
        "dataset": "made_up",
        "condition": "label_noise-0.50",
        "model": model["name"],
        "recipe": "plain",
        "precision": "float32",
        "parameters": sum(tensor[0].numel() for tensor in parameters_of(files["weights"])),
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


def test_a_crop_is_what_the_network_sees(files):
    """Outside of the crop everything may change."""
    spec = SPEC | {"recipe": SPEC["recipe"] | {"crop": 2}, "seeds": [0]}
    outcomes = []
    for frame in (0, 255):
        base = make_dataset(shape=(2, 4, 4))
        for images in (base.train_images, base.test_images):
            inside = images[:, :, 1:3, 1:3].copy()
            images[:] = frame
            images[:, :, 1:3, 1:3] = inside
        save(base, files["dataset"])
        save(base, files["corrupted"][0], base)
        one = {"corrupted": files["corrupted"][:1], "resume": files["resume"] / str(frame)}
        train_block(**files | one, spec=spec)
        outcomes.append([files[name].read_bytes() for name in ("weights", "info", "curve")])
    assert outcomes[0] == outcomes[1]
    assert load_file(files["weights"])["1.weight"].shape == (1, 32, 8)


def test_a_network_too_deep_is_refused_before_it_trains(files):
    model = {"name": "deep", "module": "vgg11", "options": {"pools": 5, "width_factor": 0.02}}
    with pytest.raises(InputError, match="deep: cannot take images of 2×4×3"):
        train_block(**files, spec=SPEC | {"model": model})
    assert not files["weights"].exists()


def test_bfloat16_is_named_and_changes_the_products_only(files):
    train_block(**files, spec=SPEC | {"model": RESNET})
    exact = load_file(files["weights"])
    spec = SPEC | {"model": RESNET, "precision": "bfloat16"}
    train_block(**files | {"resume": files["resume"] / "b"}, spec=spec)
    rounded = load_file(files["weights"])
    assert read_json(files["info"])["precision"] == "bfloat16"
    assert all(rounded[name].dtype == tensor.dtype for name, tensor in exact.items())
    assert any((rounded[name] != tensor).any() for name, tensor in exact.items())


@pytest.mark.skipif(not Path("/proc").exists(), reason="counts threads as Linux shows them")
def test_a_job_computes_in_as_many_threads_as_the_config_says(files):
    # In a process of its own, where nothing else has started threads.
    code = (
        "import sys, json, torch, os\n"
        "from pathlib import Path\n"
        "from rethinking.networks.train import train_block\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "files, spec = json.loads(sys.argv[1])\n"
        "paths = {k: [Path(p) for p in v] if isinstance(v, list) else Path(v)"
        " for k, v in files.items()}\n"
        "train_block(**paths, spec=spec)\n"
        "print(torch.get_num_threads(), len(os.listdir('/proc/self/task')) - before)\n"
    )
    names = {k: [str(p) for p in v] if isinstance(v, list) else str(v) for k, v in files.items()}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([names, SPEC | {"model": RESNET}])],
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
    train_block(**files, spec=SPEC | {"model": {"name": "m", "module": "mlp", "options": {}}})
    members = load_block(files["weights"], files["info"])
    assert [one.state["mask"].tolist() for one in members] == [[1, 1, 1]] * 2


def test_dropout_trains_in_a_block_and_gives_the_same_bytes_again(files, monkeypatch):
    def build(shape, classes):
        layers = [torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(24, classes)]
        return torch.nn.Sequential(*layers)

    monkeypatch.setattr("rethinking.models.mlp.build", build)
    spec = SPEC | {"model": {"name": "m", "module": "mlp", "options": {}}}
    train_block(**files, spec=spec)
    first = files["weights"].read_bytes()
    train_block(**files | {"resume": files["resume"] / "again"}, spec=spec)
    assert files["weights"].read_bytes() == first


def test_nothing_half_written_is_left(files, tmp_path):
    train_block(**files, spec=SPEC)
    hidden = [path.name for path in tmp_path.rglob("*") if path.name.startswith(".")]
    assert set(hidden) <= {".lease"}


def test_a_damaged_checkpoint_is_named(files):
    train_block(**files, spec=SPEC)
    files["weights"].write_bytes(files["weights"].read_bytes()[:-5])
    with pytest.raises(InputError, match=r"run\.safetensors: damaged"):
        load_block(files["weights"], files["info"])


def test_images_that_members_share_lie_on_the_device_once():
    base = make_dataset()
    labels = [replace(base, train_labels=base.train_labels * 0 + i) for i in range(3)]
    data = training_data(labels, "per_image", None, torch.device("cpu"))
    assert data.train_images.shape == (1, 60, 2, 4, 3)
    assert data.train_labels.shape == (3, 60)
    images = [replace(base, train_images=base.train_images.copy()) for _ in range(3)]
    data = training_data(images, "per_image", None, torch.device("cpu"))
    assert data.train_images.shape[0] == 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_named():
    with pytest.raises(InputError, match="torch finds no GPU here; set device to auto or cpu"):
        use_device("cuda", 1)
