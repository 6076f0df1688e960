from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rethinking.analysis.labels import condition_label
from rethinking.figures import label_noise, learning_curves
from rethinking.figures.figure import write_figure
from rethinking.figures.style import Style, condition_looks, model_looks, styled

mpl.use("agg")
STYLE = Style(width=5.5, font_size=8, png_dpi=100)
LABELS = {"mlp": "MLP", "resnet": "ResNet"}
CONDITIONS = ["true_labels", "label_noise-0.50", "label_noise-1.00", "random_pixels"]


@pytest.fixture
def curves():
    return pd.DataFrame(
        {
            "condition": condition,
            "model": model,
            "seed": seed,
            "epoch": epoch,
            "train_loss": 2 / epoch,
        }
        for condition in CONDITIONS
        for model in LABELS
        for seed in range(2)
        for epoch in range(1, 5 + seed)
    )


@pytest.fixture
def summary():
    noise = dict(zip(CONDITIONS, [0, 0.5, 1, np.nan], strict=True))
    return pd.DataFrame(
        {
            "condition": condition,
            "label_noise": level,
            "model": model,
            "metric": "test_accuracy",
            "mean": 0.6,
            "low": 0.5,
            "high": 0.65,
        }
        for condition, level in noise.items()
        for model in LABELS
    )


def test_learning_curves_draw_one_line_for_each_seed(curves):
    with styled(STYLE):
        figure = learning_curves.draw(curves, STYLE, LABELS)
    panels = figure.axes
    assert [panel.get_title() for panel in panels] == ["MLP", "ResNet"]
    # A line and a dot for each of 4 conditions × 2 seeds.
    assert [len(panel.lines) for panel in panels] == [16, 16]
    assert panels[0].get_xlabel() == "epoch"
    assert "nats" in panels[0].get_ylabel()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [condition_label(condition) for condition in CONDITIONS]


def test_label_noise_draws_the_error_and_its_interval(summary):
    with styled(STYLE):
        figure = label_noise.draw(summary, STYLE, LABELS)
    (axes,) = figure.axes
    assert len(axes.containers) == 2
    line, _, (bars,) = axes.containers[0].lines
    # Random pixels have no level; accuracy 0.6 in [0.5, 0.65] is error 40 % in [35, 50].
    assert line.get_ydata() == pytest.approx([40, 40, 40])
    assert sorted(bars.get_segments()[0][:, 1]) == pytest.approx([35, 50])
    assert "%" in axes.get_ylabel()


@pytest.mark.parametrize(
    ("figure", "table"), [("learning_curves", "curves"), ("label_noise", "summary")]
)
def test_figures_are_written_alike_each_time_and_are_not_empty(figure, table, request, tmp_path):
    request.getfixturevalue(table).to_csv(tmp_path / "table.csv", index=False)
    spec = {"figure": figure, "style": vars(STYLE), "labels": LABELS}
    for name in "ab":
        pdf, png = tmp_path / f"{name}.pdf", tmp_path / f"{name}.png"
        write_figure(tmp_path / "table.csv", pdf, png, spec)
    assert Path(tmp_path / "a.pdf").read_bytes() == Path(tmp_path / "b.pdf").read_bytes()
    assert Path(tmp_path / "a.png").read_bytes() == Path(tmp_path / "b.png").read_bytes()
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert 0.005 < (pixels < 200).mean() < 0.5


def grey(colour):
    return float(np.dot(mpl.colors.to_rgb(colour), [0.299, 0.587, 0.114]))


def test_levels_of_label_noise_are_told_apart_in_grey():
    looks = condition_looks(
        [f"label_noise-{p:.2f}" for p in (0.25, 0.5, 0.75, 1)] + ["random_pixels"]
    )
    greys = [grey(look["color"]) for look in list(looks.values())[:4]]
    assert min(np.diff(greys)) > 0.05, "darker is less noise"
    assert looks["random_pixels"]["linestyle"] != "-"


def test_models_differ_in_marker_and_line_too():
    looks = model_looks(list("abcdef")).values()
    assert (
        len({look["marker"] for look in looks})
        == len({str(look["linestyle"]) for look in looks})
        == 6
    )


def test_condition_labels():
    assert [condition_label(name) for name in CONDITIONS] == [
        "true labels",
        "label noise ($p = 0.5$)",
        "random labels ($p = 1$)",
        "random pixels",
    ]


def test_learning_curves_of_networks_that_all_diverged_can_be_drawn():
    rows = [
        {"model": "m", "condition": "true_labels", "seed": seed, "epoch": 1, "train_loss": np.nan}
        for seed in (0, 1)
    ]
    figure = learning_curves.draw(pd.DataFrame(rows), STYLE, {"m": "M"})
    figure.canvas.draw()
