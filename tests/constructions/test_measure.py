import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge

from rethinking.constructions.implicit import NOT_CONVERGED
from rethinking.constructions.measure import COLUMNS, Measured, measure_construction, subsets
from rethinking.data.dataset import save
from rethinking.errors import InputError
from rethinking.measures import expressivity, implicit
from rethinking.measures.helpers.metric import Metric
from rethinking.tables import read_table
from tests.conftest import make_dataset

CPU = torch.device("cpu")
GAUSSIAN = {"representation": "pixels", "kernel": "gaussian", "gamma": 0.5}
LINEAR = {"representation": "pixels", "kernel": "linear"}
IMPLICIT = {
    "images": [20],
    "kernels": {"gaussian": GAUSSIAN},
    "l2": [0.0, 0.1],
    "direct_up_to": 30,
    "tolerance": 1e-4,
    "max_iterations": 500,
}


def table_of(found):
    return pd.DataFrame(
        {
            "function": one.function,
            "images": one.images,
            "l2": one.l2,
            "metric": one.metric.name,
            "x": one.metric.x,
            "value": one.metric.value,
            "points": one.metric.points,
            "note": one.metric.note,
        }
        for one in found
    )


def value(table, metric, **keys):
    chosen = table[table["metric"] == metric]
    for key, wanted in keys.items():
        chosen = chosen[chosen[key] == wanted]
    (found,) = chosen["value"]
    return found


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


def test_a_network_of_the_theorem_fits_random_labels_of_images():
    dataset = make_dataset(n=60)
    table = table_of(expressivity.construct(dataset, 0, CPU, images=[7, 50], depths=[1, 5]))
    for images in (7, 50):
        for depth, units in ((1, images), (5, -(-images // 5) + 5)):
            keys = {"images": images, "function": f"depth-{depth}"}
            assert value(table, "parameters", **keys) == 2 * images + 24
            assert value(table, "units", **keys) <= units
            assert value(table, "train_accuracy", **keys) == 1
            assert value(table, "fit_error", **keys) <= 1e-6
            assert 0 < value(table, "gap", **keys) < 1
    points = table.loc[table["metric"] == "test_accuracy", "points"]
    assert (points == 20).all()
    # Depth spreads the same function over layers.
    one, five = (
        value(table, "lipschitz", images=50, function=f"depth-{depth}") for depth in (1, 5)
    )
    assert one == pytest.approx(five)


def test_the_accuracy_of_a_network_of_the_theorem_is_of_the_nearest_class():
    dataset = make_dataset(n=20)
    same = replace(dataset, test_images=dataset.train_images, test_labels=dataset.train_labels)
    table = table_of(expressivity.construct(same, 0, CPU, images=[20], depths=[1]))
    assert value(table, "test_accuracy") == 1
    wrong = replace(same, test_labels=(dataset.train_labels + 1) % 5)
    table = table_of(expressivity.construct(wrong, 0, CPU, images=[20], depths=[1]))
    assert value(table, "test_accuracy") == 0


def test_labels_that_are_all_nought_are_fitted():
    dataset = replace(make_dataset(n=9), train_labels=np.zeros(9, dtype=np.int64))
    table = table_of(expressivity.construct(dataset, 0, CPU, images=[9], depths=[1]))
    assert value(table, "fit_error") == 0


def test_solutions_are_those_of_kernel_ridge_regression():
    dataset = make_dataset(n=20)
    table = table_of(implicit.construct(dataset, 0, CPU, **IMPLICIT))
    (some,) = subsets(dataset, [20], seed=0)
    rows, test = (a.reshape(len(a), -1) / 255 for a in (some.train_images, some.test_images))
    # The diagonal of a Gaussian kernel is 1, and so is its mean.
    ridge = KernelRidge(alpha=0.1, kernel="rbf", gamma=0.5)
    ridge.fit(rows, np.eye(5)[some.train_labels])
    right = (ridge.predict(test).argmax(axis=1) == some.test_labels).mean()
    assert value(table, "test_accuracy", l2=0.1) == pytest.approx(right)
    assert value(table, "train_accuracy", l2=0.0) == 1
    assert value(table, "residual", l2=0.0) < 1e-6 < value(table, "residual", l2=0.1)
    assert value(table, "norm", l2=0.1) < value(table, "norm", l2=0.0)
    assert value(table, "rank") == 20
    assert value(table, "condition") >= 1


def test_penalties_are_in_units_of_the_mean_of_the_diagonal():
    dataset = make_dataset(n=20)
    asked = IMPLICIT | {"kernels": {"linear": LINEAR}, "l2": [0.5]}
    table = table_of(implicit.construct(dataset, 0, CPU, **asked))
    (some,) = subsets(dataset, [20], seed=0)
    rows = some.train_images.reshape(20, -1) / 255
    gram, targets = rows @ rows.T, np.eye(5)[some.train_labels]
    alpha = np.linalg.solve(gram + 0.5 * gram.diagonal().mean() * np.eye(20), targets)
    norm = np.sqrt(np.trace(alpha.T @ gram @ alpha))
    assert value(table, "norm", function="linear") == pytest.approx(norm)


def test_conjugate_gradients_take_over_beyond_a_number_of_images():
    dataset = make_dataset(n=30)
    asked = IMPLICIT | {"images": [30], "direct_up_to": 29}
    iterative = table_of(implicit.construct(dataset, 0, CPU, **asked))
    direct = table_of(implicit.construct(dataset, 0, CPU, **asked | {"direct_up_to": 30}))
    assert value(iterative, "iterations", l2=0.1) > 0
    assert "rank" not in set(iterative["metric"])
    assert "iterations" not in set(direct["metric"])
    for metric in ("train_accuracy", "test_accuracy"):
        assert value(iterative, metric, l2=0.1) == value(direct, metric, l2=0.1)
    assert value(iterative, "norm", l2=0.1) == pytest.approx(
        value(direct, "norm", l2=0.1), rel=1e-3
    )


def test_what_did_not_converge_is_no_number():
    # More images than pixels, so that no solution fits.
    dataset = make_dataset(n=60, shape=(1, 2, 2))
    asked = IMPLICIT | {
        "images": [60],
        "kernels": {"linear": LINEAR},
        "l2": [0.0],
        "max_iterations": 20,
    }
    table = table_of(implicit.construct(dataset, 0, CPU, **asked))
    solved = table[table["function"] == "linear"]
    lost = solved[solved["metric"] != "iterations"]
    assert lost["value"].isna().all()
    assert set(lost["note"]) == {NOT_CONVERGED}
    assert value(table, "iterations", function="linear") == 20


def test_sgd_from_zero_finds_the_solution_of_least_norm_and_from_elsewhere_it_does_not():
    table = table_of(implicit.construct(make_dataset(), 0, CPU, **IMPLICIT))
    curves = table[table["metric"] == "distance_to_min_norm"]
    zero = curves[curves["function"] == "sgd_from_zero"].set_index("x")["value"]
    assert zero.iloc[0] == 1
    assert zero.index[-1] == 500
    assert zero.iloc[-1] == value(table, "final_distance_to_min_norm", function="sgd_from_zero")
    assert zero.iloc[-1] < 1e-4
    assert (zero.diff().dropna() < 0).all()
    assert value(table, "final_distance_to_min_norm", function="sgd_from_elsewhere") > 1


def test_the_linear_problem_of_sgd_is_another_for_each_seed(monkeypatch):
    problems = []

    def look(design, targets, start, *_):
        problems.append([design, targets, start])
        return np.zeros(1)

    monkeypatch.setattr(implicit, "sgd_distances", look)
    for seed in (0, 1, 1):
        implicit._sgd(seed)
    # Of each two, the second starts at random.
    for first, second, third in zip(*problems[1::2], strict=True):
        assert not np.array_equal(first, second)
        assert np.array_equal(second, third)


def test_a_table_has_all_conditions_and_seeds(tmp_path):
    base = make_dataset()
    save(base, tmp_path / "base.safetensors")
    corrupted = []
    for name, shift in (("a", 0), ("b", 0), ("c", 1), ("d", 2)):
        changed = replace(base, train_labels=(base.train_labels + shift) % 5)
        corrupted.append(tmp_path / f"{name}.safetensors")
        save(changed, corrupted[-1], base)
    spec = {
        "conditions": ["true_labels", "label_noise-1.00"],
        "construction": "expressivity",
        "dataset": {"name": "made_up"},
        "device": "cpu",
        "options": {"images": [5], "depths": [1]},
        "seeds": [0, 1],
        "threads": 1,
    }
    measure_construction(tmp_path / "base.safetensors", corrupted, tmp_path / "t.csv", spec)
    table = read_table(tmp_path / "t.csv")
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


@pytest.mark.parametrize(
    ("found", "said"),
    [
        *((one, r"gave .*; give a list") for one in ([], None, [1.0])),
        ([Measured("f$", 1, Metric("m", 1.0))], r"gave the name 'f\$'; use a-z, "),
        ([Measured("f", 1, Metric("m%", 1.0))], "gave the name 'm%'; use a-z, "),
    ],
)
def test_what_a_construction_gives_is_checked(tmp_path, monkeypatch, found, said):
    save(make_dataset(), tmp_path / "base.safetensors")
    monkeypatch.setattr(expressivity, "construct", lambda *_, **__: found)
    spec = {
        "conditions": ["true_labels"],
        "construction": "expressivity",
        "dataset": {"name": "made_up"},
        "device": "cpu",
        "options": {},
        "seeds": [0],
        "threads": 1,
    }
    base = tmp_path / "base.safetensors"
    with pytest.raises(InputError, match=rf"measures/expressivity\.py: construct {said}"):
        measure_construction(base, [base], tmp_path / "t.csv", spec)
    assert not (tmp_path / "t.csv").exists()
