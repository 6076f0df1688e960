"""Kernel solutions of images against closed forms and scikit-learn."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from rethinking.constructions import implicit
from rethinking.constructions.implicit import NOT_CONVERGED, construct
from rethinking.constructions.measure import subsets
from tests.conftest import make_dataset
from tests.helpers.constructions import CPU, table_of, value

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


def test_solutions_are_those_of_kernel_ridge_regression():
    dataset = make_dataset(n=20)
    table = table_of(construct(dataset, 0, CPU, **IMPLICIT))
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
    table = table_of(construct(dataset, 0, CPU, **asked))
    (some,) = subsets(dataset, [20], seed=0)
    rows = some.train_images.reshape(20, -1) / 255
    gram, targets = rows @ rows.T, np.eye(5)[some.train_labels]
    alpha = np.linalg.solve(gram + 0.5 * gram.diagonal().mean() * np.eye(20), targets)
    norm = np.sqrt(np.trace(alpha.T @ gram @ alpha))
    assert value(table, "norm", function="linear") == pytest.approx(norm)


def test_conjugate_gradients_take_over_beyond_a_number_of_images():
    dataset = make_dataset(n=30)
    asked = IMPLICIT | {"images": [30], "direct_up_to": 29}
    iterative = table_of(construct(dataset, 0, CPU, **asked))
    direct = table_of(construct(dataset, 0, CPU, **asked | {"direct_up_to": 30}))
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
    table = table_of(construct(dataset, 0, CPU, **asked))
    solved = table[table["function"] == "linear"]
    lost = solved[solved["metric"] != "iterations"]
    assert lost["value"].isna().all()
    assert set(lost["note"]) == {NOT_CONVERGED}
    assert value(table, "iterations", function="linear") == 20


def test_sgd_from_zero_finds_the_solution_of_least_norm_and_from_elsewhere_it_does_not():
    table = table_of(construct(make_dataset(), 0, CPU, **IMPLICIT))
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
        construct(make_dataset(), seed, CPU, **IMPLICIT)
    # Of each two, the second starts at random.
    for first, second, third in zip(*problems[1::2], strict=True):
        assert not np.array_equal(first, second)
        assert np.array_equal(second, third)
