import csv
import math
from dataclasses import replace

import pytest
import torch
from rethinking.networks.references import measure_references
from torch import nn

from rethinking.data.dataset import save
from rethinking.errors import InputError
from rethinking.files import read_json, write_json
from rethinking.measures import measure as measure_module
from rethinking.measures.accuracy import measure
from rethinking.measures.helpers.metric import Metric, Subject
from rethinking.networks.measure import COLUMNS, measure_networks, measured, untrained
from rethinking.networks.train import train_block
from rethinking.training import checkpoint
from rethinking.training.fit import TrainingData
from tests.conftest import make_dataset


def test_accuracy_and_loss_of_a_network_whose_logits_are_known():
    # The "network" passes its input through, so images are logits.
    logits = torch.tensor([[2.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 0.0]])
    labels = torch.tensor([0, 1, 1, 1])
    images = logits[:, :, None, None]
    subject = Subject(nn.Flatten(), True, images[:3], labels[:3], images[3:], labels[3:], 0)
    found = {metric.name: metric for metric in measure(subject)}
    assert found["train_accuracy"].value == pytest.approx(2 / 3)
    assert found["train_accuracy"].points is None
    assert found["test_accuracy"].points == 1
    right, wrong = math.log(1 + math.exp(-2)), math.log(1 + math.exp(3))
    assert found["train_loss"].value == pytest.approx((2 * right + wrong) / 3)
    assert found["test_loss"].value == pytest.approx(math.log(2))
    assert found["test_loss"].points is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x": 1.0}, "gave 'x'; give a list of Metric"),
        ([1.0], "gave 1.0; give a list of Metric"),
        (1.0, "gave 1.0; give a list of Metric"),
        ([], "gave no Metric; give at least one"),
        (
            [Metric("x", torch.ones(()))],
            "gave a Tensor as value of x; give float(…) of it",
        ),
        ([Metric("x (%)", 1.0)], "gave the name 'x (%)'; use a-z, 0-9, _ and - only"),
    ],
)
def test_a_measure_that_gives_no_numbers_is_named(monkeypatch, given, said):
    monkeypatch.setattr("rethinking.measures.accuracy.measure", lambda subject: given)
    images, labels = torch.zeros(1, 4, 1, 1, 1), torch.zeros(1, 4, dtype=torch.long)
    data = TrainingData(images, labels, images, labels)
    with pytest.raises(InputError) as error:
        measured(nn.Flatten(), True, data, {"measure": "accuracy", "options": {}}, 0)
    assert str(error.value) == f"src/rethinking/measures/accuracy.py: measure {said}"


SPEC = {
    "measure": "accuracy",
    "options": {},
    "seeds": [0, 1, 2],
    "dataset": {"name": "d"},
    "conditions": ["label_noise-0.50", "label_noise-1.00"],
    "model": {"name": "m", "module": "mlp", "options": {"hidden": [64]}},
    "recipe": {
        "name": "plain",
        "optimizer": "sgd",
        "batch_size": 16,
        "learning_rate": 0.2,
        "momentum": 0.9,
        "weight_decay": 0.0,
        "schedule": "constant",
        "max_epochs": 300,
        "stop_at_train_accuracy": 1.0,
        "scaling": "per_image",
        "crop": 3,
    },
    "device": "cpu",
    "threads": 1,
    "precision": "float32",
    "compile": False,
}


@pytest.fixture
def trained(tmp_path):
    """Two conditions of two blocks of two seeds, each seed with labels of its own; three in use."""
    base = make_dataset()
    save(base, tmp_path / "base.safetensors")
    corrupted, weights, infos = [], [], []
    for number, condition in enumerate(SPEC["conditions"]):
        paths = [tmp_path / f"{condition}-{seed}.safetensors" for seed in range(4)]
        for seed, path in enumerate(paths):
            labels = (base.train_labels * (seed + 1) + number) % base.classes
            save(replace(base, train_labels=labels), path, base)
        corrupted += paths[:3]
        for block in (0, 1):
            weights.append(tmp_path / f"{condition}-block-{block}.safetensors")
            infos.append(weights[-1].with_suffix(".json"))
            train_block(
                tmp_path / "base.safetensors",
                paths[2 * block : 2 * block + 2],
                weights[-1],
                infos[-1],
                weights[-1].with_suffix(".csv"),
                tmp_path / "resume",
                SPEC | {"seeds": [2 * block, 2 * block + 1], "condition": condition},
            )
    return {
        "dataset": tmp_path / "base.safetensors",
        "corrupted": corrupted,
        "weights": weights,
        "infos": infos,
        "table": tmp_path / "accuracy.csv",
    }


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_every_seed_of_every_condition_is_measured_on_its_own_labels(trained):
    measure_networks(**trained, spec=SPEC)
    rows = read(trained["table"])
    assert tuple(rows[0]) == COLUMNS
    fitted = [row for row in rows if row["metric"] == "train_accuracy"]
    keys = [(row["condition"], row["seed"]) for row in fitted]
    assert keys == [(condition, seed) for condition in SPEC["conditions"] for seed in "012"]
    # They interpolated, which they can only have done on the labels they are now measured on.
    assert {row["value"] for row in fitted} == {"1.0"}


def test_each_block_is_read_once_and_only_when_it_is_needed(trained, monkeypatch):
    read_blocks = []

    def load_block(weights, info):
        read_blocks.append(weights)
        return checkpoint.load_block(weights, info)

    monkeypatch.setattr(measure_module, "load_block", load_block)
    measure_networks(**trained, spec=SPEC)
    assert read_blocks == trained["weights"]


def test_what_diverged_is_not_a_number(trained):
    info = read_json(trained["infos"][0])
    info["members"][1]["status"] = "diverged"
    write_json(trained["infos"][0], info)
    measure_networks(**trained, spec=SPEC)
    values = {(row["condition"], row["seed"]): row["value"] for row in read(trained["table"])}
    odd = [key for key, value in values.items() if value == ""]
    assert odd == [("label_noise-0.50", "1")]


SIZES = {"images": 5}


def test_an_untrained_network_is_measured_as_it_was_initialised(trained):
    conditions = ["untrained", SPEC["conditions"][0]]
    inputs = trained | {"corrupted": trained["corrupted"][:3] * 2}
    spec = SPEC | {"conditions": conditions, "seeds": [0, 1, 2]}
    measure_networks(**inputs, spec=spec)
    rows = read(trained["table"])
    fitted = {
        (row["condition"], row["seed"]): float(row["value"])
        for row in rows
        if row["metric"] == "train_accuracy"
    }
    assert {value for (condition, _), value in fitted.items() if condition != "untrained"} == {1}
    assert max(value for (condition, _), value in fitted.items() if condition == "untrained") < 1


def test_a_network_that_diverged_has_all_rows_and_no_numbers(trained):
    info = read_json(trained["infos"][0])
    info["members"][1]["status"] = "diverged"
    write_json(trained["infos"][0], info)
    measure_networks(**trained, spec=SPEC | {"measure": "smoothness", "options": SIZES})
    rows = read(trained["table"])
    counts = {}
    for row in rows:
        key = (row["condition"], row["seed"])
        counts.setdefault(key, []).append(row["value"] == "")
    assert all(counts.pop(("label_noise-0.50", "1")))
    notes = {row["note"] for row in rows if row["value"] == "" and not row["x"]}
    assert notes == {"diverged"}
    assert not any(any(values) for values in counts.values())
    lengths = {len(values) for values in counts.values()}
    assert len(lengths) == 1


def test_untrained_networks_have_the_statistics_of_the_data():
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    nn.init.constant_(network[0].weight, 3)
    images = 5 + 2 * torch.randn(7000, 1, 4, 4)
    outputs = untrained(network, images)(images)
    assert not network.training
    torch.testing.assert_close(outputs.mean(dim=(0, 2, 3)), torch.zeros(2), atol=1e-2, rtol=0)
    torch.testing.assert_close(outputs.std(dim=(0, 2, 3)), torch.ones(2), atol=1e-2, rtol=0)


def test_the_statistics_of_untrained_networks_do_not_depend_on_how_much_is_measured_at_once(
    monkeypatch,
):
    # In the order of their brightness, so that parts differ.
    images = torch.linspace(0, 1, 100)[:, None, None, None] + 0.1 * torch.randn(100, 1, 4, 4)
    whole, parts = (nn.BatchNorm2d(1) for _ in range(2))
    untrained(whole, images)
    monkeypatch.setattr("rethinking.measures.helpers.logits.PIXELS", 7 * 16)
    untrained(parts, images)
    assert torch.equal(whole.running_var, parts.running_var)
    assert float(whole.running_var) == pytest.approx(float(images.var()), rel=1e-4)


def test_references_are_rows_of_models_with_their_names(trained):
    spec = SPEC | {"measure": "smoothness", "options": SIZES, "seeds": [0, 1, 2]}
    spec |= {"references": ["nearest_neighbour", "shepard"], "recipe": SPEC["recipe"]}
    del spec["model"]
    files = {name: trained[name] for name in ("dataset", "corrupted", "table")}
    measure_references(**files, spec=spec)
    rows = [row for row in read(trained["table"]) if row["metric"] == "flip_rate"]
    keys = list(dict.fromkeys((row["condition"], row["seed"], row["model"]) for row in rows))
    names = spec["references"]
    assert keys == [(c, seed, name) for c in SPEC["conditions"] for seed in "012" for name in names]
    undefined = [row for row in read(trained["table"]) if row["note"].startswith("not defined")]
    assert {row["model"] for row in undefined if row["metric"] == "jacobian_spectral"} == {
        "nearest_neighbour"
    }
