"""The step that constructs functions: which images, which data, what its table has."""

import importlib
import math

import numpy as np
import pytest

from rethinking.constructions import expressivity
from rethinking.constructions.measure import COLUMNS, Measured, measure_construction, subsets
from rethinking.constructions.specs import ConstructionSpec
from rethinking.data.corrupt import write_corrupted
from rethinking.data.dataset import save
from rethinking.data.specs import CorruptSpec
from rethinking.errors import InputError
from rethinking.measures.helpers.metric import Metric
from rethinking.names.specs import Compute, DatasetSpec
from rethinking.step.code import plugins_of
from rethinking.tables import read_table
from tests.conftest import make_dataset
from tests.helpers.constructions import CPU
from tests.helpers.units import assert_suits_its_unit

SPEC = ConstructionSpec(
    dataset=DatasetSpec("made_up", "digits", {}),
    construction="expressivity",
    options={"images": [5], "depths": [1]},
    conditions=["true_labels", "label_noise-1.00"],
    seeds=[0, 1],
    compute=Compute("cpu", 1),
)
# Of every construction.
OPTIONS = {
    "expressivity": {"images": [9], "depths": [1, 3]},
    "implicit": {
        "images": [9, 20],
        "kernels": {"linear": {"representation": "pixels", "kernel": "linear"}},
        "l2": [0.0, 0.1],
        "direct_up_to": 10,
        "tolerance": 1e-2,
        "max_iterations": 50,
    },
}


def test_subsets_are_nested_seeded_and_of_different_images():
    dataset = make_dataset(n=30)
    dataset.train_images[5] = dataset.train_images[2]
    dataset.train_images[9] = dataset.train_images[2]
    small, large = subsets(dataset, [10, 28], seed=3)
    assert np.array_equal(large.train_images[:10], small.train_images)
    assert np.array_equal(large.train_labels[:10], small.train_labels)
    assert len(np.unique(large.train_images.reshape(28, -1), axis=0)) == 28
    # The first of the same images is the one that is kept, with its label.
    place = np.flatnonzero((large.train_images == dataset.train_images[2]).all(axis=(1, 2, 3)))
    assert large.train_labels[place] == dataset.train_labels[2]
    (again,) = subsets(dataset, [10], seed=3)
    (other,) = subsets(dataset, [10], seed=4)
    assert np.array_equal(again.train_images, small.train_images)
    assert not np.array_equal(other.train_images, small.train_images)
    assert np.array_equal(small.test_images, dataset.test_images)


def test_more_images_than_there_are_different_ones_are_refused():
    dataset = make_dataset(n=10)
    dataset.train_images[5] = dataset.train_images[2]
    with pytest.raises(InputError, match="10 asked for, 9 different ones there; ask for fewer"):
        list(subsets(dataset, [10], seed=0))


@pytest.fixture
def files(tmp_path):
    """Data of three seeds under two conditions, in blocks of other sizes than the construction."""
    base = tmp_path / "base.safetensors"
    save(make_dataset(), base)
    corrupted = []
    for condition in SPEC.conditions[::-1]:
        for seeds in ([2, 1], [0]):
            corrupted.append(tmp_path / f"{condition}-{seeds[0]}.safetensors")
            write_corrupted(base, corrupted[-1], CorruptSpec(SPEC.dataset, condition, seeds))
    return {"dataset": base, "corrupted": corrupted, "table": tmp_path / "t.csv"}


def test_a_table_has_all_conditions_and_seeds(files):
    measure_construction(**files, spec=SPEC)
    table = read_table(files["table"])
    assert tuple(table.columns) == COLUMNS
    places = table[["condition", "seed"]].drop_duplicates().itertuples(index=False, name=None)
    assert list(places) == [
        ("true_labels", 0),
        ("true_labels", 1),
        ("label_noise-1.00", 0),
        ("label_noise-1.00", 1),
    ]
    assert table["l2"].isna().all()
    # Seed 1 of the second condition has other labels, and is steeper or less so.
    steepness = table[table["metric"] == "lipschitz"].set_index(["condition", "seed"])["value"]
    assert steepness["true_labels", 1] != steepness["label_noise-1.00", 1]
    assert not math.isnan(steepness.iloc[0])


def test_a_table_has_the_unit_of_every_number(files):
    measure_construction(**files, spec=SPEC)
    table = read_table(files["table"])
    assert dict(zip(table["metric"], table["unit"], strict=True)) == {
        "parameters": "number",
        "theorem_parameters": "number",
        "units": "number",
        "fit_error": "rounding",
        "train_accuracy": "share",
        "test_accuracy": "share",
        "gap": "size",
        "lipschitz": "size",
    }


@pytest.mark.parametrize("name", plugins_of("rethinking.constructions", "construct"))
def test_every_metric_of_every_construction_has_a_unit_that_its_value_suits(name):
    module = importlib.import_module(f"rethinking.constructions.{name}")
    units = {}
    for one in module.construct(make_dataset(), 0, CPU, **OPTIONS[name]):
        metric = one.metric
        assert_suits_its_unit(metric)
        units.setdefault(metric.name, set()).add(metric.unit)
    assert {len(found) for found in units.values()} == {1}, "one unit for each metric"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        *((one, r"gave .*; give a list") for one in ([], None, [1.0])),
        ([Measured("f$", 1, Metric("m", 1.0))], r"gave the name 'f\$'; use a-z, "),
        ([Measured("f", 1, Metric("m%", 1.0))], "gave the name 'm%'; use a-z, "),
        ([Measured("f", 1, Metric("m", 1.0, "pixels"))], "gave m the unit 'pixels'; known: "),
        ([Measured("f", 1, Metric("m", "1"))], "gave a str as value of m; give float"),
    ],
)
def test_what_a_construction_gives_is_checked(files, monkeypatch, found, said):
    monkeypatch.setattr(expressivity, "construct", lambda *_, **__: found)
    with pytest.raises(InputError, match=rf"constructions/expressivity\.py: construct {said}"):
        measure_construction(**files, spec=SPEC)
    assert not files["table"].exists()
