"""Figures of regularisation, of Theorem 1 and of solutions of least norm."""

import numpy as np
import pandas as pd
import pytest

from rethinking.constructions.relu_interpolant import TOLERANCE
from tests.helpers.figures import drawn, legend_of

LABELS = {"mlp": "MLP", "inc": "Inception"}
CONDITIONS = ["true_labels", "label_noise-1.00"]


def curve_through(panel, values):
    return any(
        len(line.get_ydata()) == len(values) and np.allclose(line.get_ydata(), values)
        for line in panel.lines
    )


def test_regularisation_shows_test_accuracy_on_true_and_training_accuracy_on_random_labels():
    table = pd.DataFrame(
        {"model": model, "condition": condition, "recipe": recipe, "metric": metric}
        | {"mean": mean, "low": mean - 0.1, "high": mean + 0.1}
        for model, condition, recipe, metric, mean in [
            ("mlp", "true_labels", "r", "test_accuracy", 0.9),
            ("mlp", "true_labels", "r-dropout-flip", "test_accuracy", 0.8),
            ("mlp", "label_noise-1.00", "r-dropout-flip", "train_accuracy", 0.7),
            ("inc", "true_labels", "r", "test_accuracy", 0.6),
            # Not shown.
            ("inc", "true_labels", "r", "train_accuracy", 0.5),
            ("inc", "label_noise-1.00", "r", "test_accuracy", 0.4),
        ]
    )
    figure = drawn("regularization", table, LABELS)
    left, right = figure.axes
    rows = [text.get_text() for text in left.get_yticklabels()]
    assert rows == ["none", "dropout, flip"]

    def shown(panel):
        single = [line for line in panel.lines if len(line.get_xdata()) == 1]
        return {(round(line.get_xdata()[0]), round(line.get_ydata()[0])) for line in single}

    assert shown(left) == {(90, 0), (80, 1), (60, 0)}
    assert shown(right) == {(70, 1)}
    bars = [line.get_xdata() for line in right.lines if len(line.get_xdata()) == 2]
    assert np.allclose(bars, [[60, 80]])
    assert legend_of(figure) == ["MLP", "Inception"]


def test_early_stopping_marks_the_best_epoch_of_the_mean():
    accuracies = {0: [0.2, 0.8, 0.5], 1: [0.4, 0.6, 0.7]}
    table = pd.DataFrame(
        {"model": "mlp", "condition": condition, "recipe": recipe, "seed": seed, "epoch": epoch}
        | {"test_accuracy": accuracy, "train_accuracy": 1 - accuracy}
        for condition in CONDITIONS
        for recipe in ("r", "r-flip")
        for seed, values in accuracies.items()
        for epoch, accuracy in enumerate(values, start=1)
    )
    figure = drawn("early_stopping", table, LABELS)
    left, right = figure.axes
    assert left.get_title() == "test accuracy, true labels (%)"
    assert left.get_ylabel() == "MLP"
    assert curve_through(left, [30, 70, 60])
    assert curve_through(right, [70, 30, 40])
    (best, _) = [line for line in left.lines if len(line.get_xdata()) == 1]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, pytest.approx(70))
    assert len(left.collections) == 2  # a band for each
    assert legend_of(figure) == ["none", "flip"]


def test_a_network_that_diverged_at_once_has_no_best_epoch():
    table = pd.DataFrame(
        {"model": "mlp", "condition": condition, "recipe": "r", "seed": 0, "epoch": 1}
        | {"test_accuracy": np.nan, "train_accuracy": np.nan}
        for condition in CONDITIONS
    )
    figure = drawn("early_stopping", table, LABELS)
    for panel in figure.axes:
        (line,) = panel.lines  # the curve, and no mark of its best epoch
        assert np.isnan(line.get_ydata()).all()
        assert len(panel.collections) == 1  # its band


def made(function, metric, mean, images=30, condition="true_labels", l2=np.nan, x=np.nan):
    found = {"function": function, "metric": metric, "images": images, "condition": condition}
    return found | {"l2": l2, "x": x, "mean": mean, "low": 0.9 * mean, "high": 1.1 * mean}


def test_expressivity_shows_depths_for_error_and_width_and_labels_for_steepness():
    table = pd.DataFrame(
        made(f"depth-{depth}", metric, value * images * (1 + (condition == CONDITIONS[1])))
        | {"images": images, "condition": condition}
        for depth in (1, 2)
        for condition in CONDITIONS
        for images in (10, 100)
        for metric, value in (("fit_error", 1e-12 * depth), ("units", depth), ("lipschitz", 3.0))
    )
    figure = drawn("expressivity", table)
    error, units, steepness = figure.axes
    assert curve_through(error, [2e-11, 2e-10])
    assert curve_through(error, [4e-11, 4e-10])
    assert any(np.allclose(line.get_ydata(), TOLERANCE, atol=0) for line in error.lines)
    assert curve_through(units, [40, 400])
    # Of one depth only, for each kind of labels.
    assert curve_through(steepness, [30, 300])
    assert curve_through(steepness, [60, 600])
    assert len(steepness.lines) == 2
    legend = ["1 hidden layer", "2 hidden layers", "true labels", "random labels ($p = 1$)"]
    assert legend_of(figure) == legend


def test_one_seed_and_kernels_that_were_not_solved_are_no_dead_end():
    ends = {"low": np.nan, "high": np.nan}
    sgd = [made("sgd_from_zero", "distance_to_min_norm", 1.0, x=0) | ends]
    one = [
        made("pixels_linear", metric, 0.5, l2=0.0) | ends for metric in ("norm", "test_accuracy")
    ]
    lost = [row | {"mean": np.nan, "function": "pixels_gaussian"} for row in one]
    figure = drawn("implicit", pd.DataFrame(one + lost + sgd))
    assert legend_of(figure) == ["pixels, linear", "pixels, gaussian"]
    assert list(figure.axes[0].lines[0].get_xdata()) == [0.5]
    unsolved = drawn("implicit", pd.DataFrame(lost + sgd))
    unsolved.canvas.draw()
    left, right = unsolved.axes
    assert legend_of(unsolved) == ["pixels, gaussian"]
    assert len(left.lines) == 2  # along the penalties, and the least of them
    assert all(np.isnan(line.get_xdata()).all() for line in left.lines)
    assert list(right.lines[0].get_ydata()) == [1.0]


def test_norms_are_drawn_against_errors_along_the_penalties():
    rows = [
        made("pixels_linear", metric, value, l2=l2)
        for l2, norm, accuracy in ((1.0, 2.0, 0.7), (0.0, 8.0, 0.6))
        for metric, value in (("norm", norm), ("test_accuracy", accuracy))
    ]
    others = [
        made("pixels_linear", "norm", 99.0, images=10, l2=0.0),
        made("pixels_linear", "test_accuracy", 0.1, images=10, l2=0.0),
        made("pixels_linear", "norm", 99.0, condition="label_noise-1.00", l2=0.0),
        made("pixels_linear", "test_accuracy", 0.1, condition="label_noise-1.00", l2=0.0),
    ]
    sgd = [
        made(name, "distance_to_min_norm", distance, x=epoch, condition=condition)
        for name, distances in (("sgd_from_zero", [1, 0.01]), ("sgd_from_elsewhere", [5, 4]))
        for epoch, distance in enumerate(distances)
        for condition in CONDITIONS
    ]
    figure = drawn("implicit", pd.DataFrame(rows + others + sgd))
    left, right = figure.axes
    line, least = left.lines
    assert list(line.get_xdata()) == [8, 2]
    assert line.get_ydata() == pytest.approx([40, 30])
    assert (least.get_xdata()[0], least.get_ydata()[0]) == (8, pytest.approx(40))
    assert line.get_markerfacecolor() == "white" != least.get_markerfacecolor()
    assert legend_of(figure) == ["pixels, linear"]
    assert [list(one.get_ydata()) for one in right.lines] == [[1, 0.01], [5, 4]]
    assert [text.get_text() for text in right.get_legend().get_texts()] == [
        "from zero",
        "from elsewhere",
    ]
