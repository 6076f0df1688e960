"""Figures of teachers and students."""

import numpy as np
import pandas as pd

from tests.helpers.figures import drawn, legend_of

LABELS = {"mlp": "MLP", "vgg": "VGG"}


def line(metric="kappa", mean=0.5, **keys):
    found = {
        "dataset": "d", "model": "mlp", "images": "uniform_noise", "n1": 50,
        "student_images": "uniform_noise", "source": "trained", "labels": "hard", "n2": 100,
        "learner": "network", "test": "fresh", "metric": metric, "n": 5, "excluded": 0,
        "mean": mean, "low": mean - 0.1, "high": mean + 0.1,
    }  # fmt: skip
    return found | keys


def teacher(metric, mean, **keys):
    return line(metric, mean, learner="teacher", labels="none", n2=0, **keys)


def points(panel):
    """The values of all single points, by their height."""
    return {
        round(float(one.get_ydata()[0]), 3): float(one.get_xdata()[0])
        for one in panel.lines
        if len(one.get_xdata()) == 1 and one.get_marker() not in ("|", "None")
    }


def test_two_stage_draws_each_student_and_control_where_it_belongs():
    table = pd.DataFrame(
        [
            line("agreement", 0.4, n2=50),  # not the most images
            line("agreement", 0.6),
            line("kappa", 0.3),
            line("kappa", 0.2, learner="linear"),
            line("kappa", np.nan, source="permuted"),
            teacher("majority_rate", 0.25),
            teacher("kappa", 0.1, source="new_labels"),
        ]
    )
    figure = drawn("two_stage", table, LABELS)
    left, right = figure.axes
    assert points(left) == {0: 60}
    assert legend_of(figure) == ["MLP, uniform noise", "the teacher's most frequent class"]
    strokes = [one for one in left.lines if one.get_marker() == "|"]
    assert [one.get_xdata()[0] for one in strokes] == [25]
    names = [text.get_text() for text in left.get_yticklabels()]
    at = {name: place for place, name in enumerate(names)}
    assert points(right) == {
        at["network, hard labels"]: 0.3,
        at["linear student"]: 0.2,
        at["teachers: other labels"]: 0.1,
    }
    # What the table lacks has no row.
    assert list(at) == [
        "network, hard labels",
        "linear student",
        "permuted labels",
        "teachers: other labels",
    ]
    (between,) = [one.get_ydata()[0] for one in right.lines if one.get_color() == "#808080"]
    assert between == 1.5


def test_sample_efficiency_draws_the_curves_over_relative_images():
    table = pd.DataFrame(
        [line(n2=n2, mean=n2 / 1000, test=test) for n2 in (100, 200) for test in ("fresh", "own")]
        + [line(n2=100, model="vgg")]  # one number of images makes no curve
    )
    figure = drawn("sample_efficiency", table, LABELS)
    upper, lower = figure.axes
    for panel in (upper, lower):
        (curve,) = [one for one in panel.lines if list(one.get_xdata()) == [2, 4]]
        assert list(curve.get_ydata()) == [0.1, 0.2]
        assert len(panel.collections) >= 1
    assert "n_1 = 50" in upper.get_title()
    assert lower.get_ylabel() == "$\\kappa$ on own images\nof the teacher"


def test_one_number_of_images_makes_no_curve_and_is_said():
    figure = drawn("sample_efficiency", pd.DataFrame([line(n2=100, model="vgg")]), LABELS)
    assert [text.get_text() for text in figure.axes[0].texts] == ["one number of images only"]
    assert not any(panel.lines for panel in figure.axes)


def test_random_walk_draws_variants_apart_and_counts_who_fitted():
    walk = "random_walk_pixel"
    both = {"images": walk}
    table = pd.DataFrame(
        [
            teacher("interpolated", 0.6, student_images=walk, **both),
            teacher("steps_to_fit", 900.0, student_images=walk, **both),
            teacher("forced_lipschitz", 3.0, student_images=walk, **both),
            line(mean=0.2, student_images=walk, **both),
            line(mean=0.3, student_images=walk, test="uniform_noise", **both),
            line(mean=0.5, **both),
            line(mean=0.6, test="continuation", **both),
            teacher("interpolated", 1.0),
            line(mean=0.7),
        ]
    )
    figure = drawn("random_walk", table, LABELS)
    steps, kappas, bounds = figure.axes
    assert [text.get_text() for text in steps.texts] == ["3 of 5", "5 of 5"]
    assert list(points(steps).values()) == [900]
    assert [points(kappas)[at] for at in sorted(points(kappas))] == [0.2, 0.3, 0.5, 0.6, 0.7]
    assert list(points(bounds).values()) == [3]


def test_confusion_draws_a_square_for_each_group():
    table = pd.DataFrame(
        line(teacher=i, student=j, share=share, model=model)
        for model in LABELS
        for i, shares in enumerate([[0.9, 0.1], [0.2, 0.8]], start=1)
        for j, share in enumerate(shares, start=1)
    )
    figure = drawn("confusion", table, LABELS)
    images = [panel.images[0] for panel in figure.axes if panel.images]
    assert len(images) == 2
    assert images[0].get_array().tolist() == [[90, 10], [20, 80]]
    assert [panel.get_title().split("\n")[0] for panel in figure.axes[:2]] == ["MLP", "VGG"]
    assert figure.axes[2].get_ylabel() == "share of the teacher's class (%)"


def test_without_a_group_there_is_one_empty_panel_and_no_colour_bar():
    nothing = pd.DataFrame([line(teacher=1, student=1, share=1.0)]).iloc[:0]
    (panel,) = drawn("confusion", nothing, LABELS).axes
    assert not panel.images
