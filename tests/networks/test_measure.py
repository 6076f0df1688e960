"""Measures of trained, untrained and diverged networks, and of reference functions."""

import csv
from dataclasses import replace

import pytest
import torch
from torch import nn

from rethinking.data.corrupt import corrupt, load_corrupted, write_corrupted
from rethinking.data.dataset import Dataset, load, save
from rethinking.data.specs import CorruptSpec
from rethinking.errors import InputError
from rethinking.files import read_json, write_json
from rethinking.measures.helpers.metric import Metric
from rethinking.names.condition import parse_condition
from rethinking.names.specs import ModelSpec
from rethinking.names.units import UNITS
from rethinking.networks import measure as measure_module
from rethinking.networks.measure import (
    COLUMNS,
    load_measure,
    measure_networks,
    measure_references,
)
from rethinking.networks.metrics import metrics_of_network
from rethinking.networks.specs import MeasureSpec
from rethinking.networks.train import train_block
from rethinking.training import checkpoint
from rethinking.training.data import TrainingData
from tests.conftest import make_dataset
from tests.helpers.training import SPEC as TRAIN
from tests.helpers.training import train_spec, write_block

CONDITIONS = ["label_noise-0.50", "label_noise-1.00"]
FITTED = train_spec(
    {"learning_rate": 0.2, "max_epochs": 300, "crop": 3},
    model=ModelSpec("m", "mlp", {"hidden": [64]}),
)
SPEC = MeasureSpec(
    dataset=TRAIN.dataset,
    conditions=CONDITIONS,
    seeds=[0, 1, 2],
    measure="accuracy",
    options={},
    recipe="plain",
    scaling="per_image",
    crop=3,
    model=FITTED.model,
    references=[],
    compute=TRAIN.compute,
)
SMOOTHNESS = replace(SPEC, measure="smoothness", options={"images": 5})


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Two conditions of two blocks of two seeds each, of which three are in use."""
    folder = tmp_path_factory.mktemp("trained")
    base = folder / "base.safetensors"
    save(make_dataset(), base)
    corrupted, weights, infos = [], [], []
    # Data in blocks of three: no file of data is one of networks.
    for condition in [*CONDITIONS, "true_labels"]:
        for seeds in ([3, 4, 5], [0, 1, 2]):
            corrupted.append(folder / f"{condition}-{seeds[0]}.safetensors")
            write_corrupted(base, corrupted[-1], CorruptSpec(TRAIN.dataset, condition, seeds))
    for condition in CONDITIONS:
        for block in (0, 1):
            weights.append(folder / f"{condition}-block-{block}.safetensors")
            infos.append(weights[-1].with_suffix(".json"))
            train_block(
                base,
                corrupted,
                weights[-1],
                infos[-1],
                weights[-1].with_suffix(".csv"),
                folder / f"resume-{condition}-{block}",
                replace(FITTED, condition=condition, seeds=[2 * block, 2 * block + 1]),
            )
    return {"dataset": base, "corrupted": corrupted, "weights": weights, "infos": infos}


@pytest.fixture
def trained(networks, tmp_path):
    """The same, with descriptions that may be changed and a table to write."""
    infos = [tmp_path / info.name for info in networks["infos"]]
    for copied, info in zip(infos, networks["infos"], strict=True):
        copied.write_bytes(info.read_bytes())
    return networks | {"infos": infos, "table": tmp_path / "table.csv"}


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


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
        ([Metric("x", 1.0, "percent")], f"gave x the unit 'percent'; known: {', '.join(UNITS)}"),
    ],
)
def test_a_measure_that_gives_no_numbers_is_named(monkeypatch, given, said):
    monkeypatch.setattr("rethinking.measures.accuracy.measure", lambda subject: given)
    images, labels = torch.zeros(1, 4, 1, 1, 1), torch.zeros(1, 4, dtype=torch.long)
    data = TrainingData(images, labels, images, labels)
    with pytest.raises(InputError) as error:
        metrics_of_network(nn.Flatten(), None, data, 0, load_measure(SPEC))
    assert str(error.value) == f"src/rethinking/measures/accuracy.py: measure {said}"


def test_every_seed_of_every_condition_is_measured_on_its_own_labels(trained):
    measure_networks(**trained, spec=SPEC)
    rows = read(trained["table"])
    assert tuple(rows[0]) == COLUMNS
    fitted = [row for row in rows if row["metric"] == "train_accuracy"]
    keys = [(row["condition"], row["seed"]) for row in fitted]
    assert keys == [(condition, seed) for condition in SPEC.conditions for seed in "012"]
    # They interpolated, which they can only have done on the labels they are now measured on.
    assert {row["value"] for row in fitted} == {"1.0"}
    base = load(trained["dataset"])
    labels = [
        corrupt(base, parse_condition(condition), seed).train_labels.tolist()
        for condition in SPEC.conditions
        for seed in SPEC.seeds
    ]
    assert all(labels.count(one) == 1 for one in labels)


def test_a_table_has_the_unit_of_every_number(trained):
    measure_networks(**trained, spec=SPEC)
    units = {row["metric"]: row["unit"] for row in read(trained["table"])}
    assert units == {
        "train_accuracy": "share",
        "train_loss": "number",
        "test_accuracy": "share",
        "test_loss": "number",
    }


def test_accuracies_of_training_are_those_that_are_measured_afterwards(trained):
    measure_networks(**trained, spec=SPEC)
    afterwards = {
        (row["condition"], int(row["seed"]), row["metric"]): float(row["value"])
        for row in read(trained["table"])
    }
    told = {
        (info["condition"], member["seed"], one["metric"]): one["value"]
        for info in map(read_json, trained["infos"])
        for member in info["members"]
        for one in member["metrics"]
    }
    assert afterwards == {key: pytest.approx(told[key], rel=1e-6) for key in afterwards}


def test_each_block_is_read_once_and_only_when_it_is_needed(trained, monkeypatch):
    read_blocks = []

    def load_block(weights, info):
        read_blocks.append(weights)
        return checkpoint.load_block(weights, info)

    monkeypatch.setattr(measure_module, "load_block", load_block)
    measure_networks(**trained, spec=SPEC)
    assert read_blocks == trained["weights"]


def test_only_the_blocks_of_data_that_are_needed_are_read(trained, monkeypatch):
    read_blocks = []

    def look(path, base, seed):
        read_blocks.append(path.stem)
        return load_corrupted(path, base, seed)

    monkeypatch.setattr(measure_module, "load_corrupted", look)
    measure_networks(**trained, spec=SPEC)
    assert read_blocks == ["label_noise-0.50-0"] * 3 + ["label_noise-1.00-0"] * 3


def diverged(trained):
    """Seed 1 of the first condition, as if it had diverged."""
    info = read_json(trained["infos"][0])
    info["members"][1]["status"] = "diverged"
    write_json(trained["infos"][0], info)


def test_what_diverged_is_not_a_number(trained):
    diverged(trained)
    measure_networks(**trained, spec=SPEC)
    values = {(row["condition"], row["seed"]): row["value"] for row in read(trained["table"])}
    odd = [key for key, value in values.items() if value == ""]
    assert odd == [("label_noise-0.50", "1")]


def test_a_network_that_diverged_has_all_rows_and_no_numbers(trained):
    diverged(trained)
    measure_networks(**trained, spec=SMOOTHNESS)
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


def test_an_untrained_network_is_measured_as_it_was_initialised(trained):
    spec = replace(SPEC, conditions=["untrained", CONDITIONS[0]])
    measure_networks(**trained, spec=spec)
    rows = read(trained["table"])
    fitted = {
        (row["condition"], row["seed"]): float(row["value"])
        for row in rows
        if row["metric"] == "train_accuracy"
    }
    assert {value for (condition, _), value in fitted.items() if condition != "untrained"} == {1}
    assert max(value for (condition, _), value in fitted.items() if condition == "untrained") < 1


def test_references_are_rows_of_models_with_their_names(trained):
    names = ["nearest_neighbour", "shepard"]
    spec = replace(SMOOTHNESS, model=None, references=names)
    files = {name: trained[name] for name in ("dataset", "corrupted", "table")}
    measure_references(**files, spec=spec)
    rows = [row for row in read(trained["table"]) if row["metric"] == "flip_rate"]
    assert tuple(rows[0]) == COLUMNS
    keys = list(dict.fromkeys((row["condition"], row["seed"], row["model"]) for row in rows))
    assert keys == [(c, seed, name) for c in SPEC.conditions for seed in "012" for name in names]
    assert {row["unit"] for row in rows} == {"share"}
    undefined = [row for row in read(trained["table"]) if row["note"].startswith("not defined")]
    assert {row["model"] for row in undefined if row["metric"] == "jacobian_spectral"} == {
        "nearest_neighbour"
    }


def test_references_fit_the_labels_of_each_condition_and_seed(trained):
    spec = replace(SPEC, model=None, references=["nearest_neighbour", "white_noise"])
    files = {name: trained[name] for name in ("dataset", "corrupted", "table")}
    measure_references(**files, spec=spec)
    fitted = {"nearest_neighbour": set(), "white_noise": set()}
    for row in read(trained["table"]):
        if row["metric"] == "train_accuracy":
            fitted[row["model"]].add(float(row["value"]))
    assert fitted["nearest_neighbour"] == {1.0}
    assert max(fitted["white_noise"]) < 0.5


def test_data_of_one_class_have_nothing_to_measure(trained):
    base = load(trained["dataset"])
    alone = Dataset(
        base.train_images,
        base.train_labels * 0,
        base.test_images,
        base.test_labels * 0,
        class_names=("cat",),
    )
    path = trained["table"].with_name("alone.safetensors")
    write_block(path, {0: alone}, base, CONDITIONS[0])
    spec = replace(SPEC, seeds=[0], conditions=CONDITIONS[:1])
    with pytest.raises(InputError, match="has one class only, and nothing to measure; give two"):
        measure_networks(**trained | {"corrupted": [path]}, spec=spec)
