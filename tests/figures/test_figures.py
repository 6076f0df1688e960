from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rethinking.errors import InputError
from rethinking.figures import examples, label_noise, learning_curves, relative_epochs
from rethinking.figures.helpers.figure import write_figure
from rethinking.figures.helpers.style import Style, condition_looks, model_looks, styled
from rethinking.names.labels import condition_label, in_order

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
    numbers = {
        "test_error_at_interpolation": (0.4, 0.35, 0.5),
        "relative_epochs": (3.0, 2.0, 4.5),
    }
    return pd.DataFrame(
        {
            "condition": condition,
            "label_noise": level,
            "model": model,
            "metric": metric,
            # No seed of the ResNet interpolated at p = 0.5, not all of them at p = 1.
            "mean": np.nan if (level, model) == (0.5, "resnet") else mean,
            "low": low,
            "high": high,
            "excluded": int((level, model) == (1, "resnet")),
        }
        for condition, level in noise.items()
        for model in LABELS
        for metric, (mean, low, high) in numbers.items()
    )


@pytest.fixture
def pictures():
    return pd.DataFrame(
        {
            "condition": condition,
            "image": image,
            "label": "cat",
            "true_label": "cat" if condition != "label_noise-1.00" else "dog",
            "channel": 0,
            "row": row,
            "column": column,
            "value": -40.0 if row == 0 else 100.0 * image + 20 * column,
        }
        for condition in reversed(CONDITIONS)
        for image in range(3)
        for row in range(2)
        for column in range(3)
    )


def test_learning_curves_draw_one_line_for_each_seed(curves):
    with styled(STYLE):
        figure = learning_curves.draw(curves, STYLE, LABELS)
    panels = figure.axes
    assert [panel.get_title() for panel in panels] == ["MLP", "ResNet"]
    # A line and a dot for each of 4 conditions × 2 seeds.
    assert [len(panel.lines) for panel in panels] == [16, 16]
    assert figure.get_supxlabel() == "epoch"
    assert "nats" in figure.get_supylabel()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [condition_label(condition) for condition in CONDITIONS]


@pytest.mark.parametrize(
    ("figure", "mean", "ends", "unit"),
    [(label_noise, 40, (35, 50), "(%)"), (relative_epochs, 3, (2, 4.5), "relative to $p = 0$")],
)
def test_what_grows_with_label_noise_is_drawn_with_its_interval(summary, figure, mean, ends, unit):
    with styled(STYLE):
        drawn = figure.draw(summary, STYLE, LABELS)
    (axes,) = drawn.axes
    assert len(axes.containers) == 2
    line, _, (bars,) = axes.containers[0].lines
    # Random pixels have no level.
    assert line.get_ydata() == pytest.approx([mean] * 3)
    assert sorted(bars.get_segments()[0][:, 1]) == pytest.approx(ends)
    assert unit in axes.get_ylabel()
    # Networks side by side, about the same p.
    other = axes.containers[1].lines[0]
    assert 0 < other.get_xdata()[0] - line.get_xdata()[0] < 0.05
    legend = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert legend == ["MLP", "ResNet"]


def test_a_mean_over_some_seeds_is_hollow_and_one_over_none_is_not_drawn(summary):
    with styled(STYLE):
        (axes,) = label_noise.draw(summary, STYLE, LABELS).axes
    line = axes.containers[1].lines[0]
    assert [round(x) for x in line.get_xdata()] == [0, 1]
    hollow = [one for one in axes.lines if one.get_markerfacecolor() == "white"]
    assert [len(one.get_xdata()) for one in hollow] == [0, 1]


def test_examples_show_each_condition_in_a_column_with_the_label_below(pictures):
    with styled(STYLE):
        figure = examples.draw(pictures, STYLE, {})
    panels = np.array(figure.axes).reshape(3, 4)
    titles = [panel.get_title().replace("\n", " ") for panel in panels[0]]
    assert titles == [condition_label(condition) for condition in CONDITIONS]
    assert [panel.get_xlabel() for panel in panels[0]] == ["cat", "cat", "*cat*", "cat"]
    shown = panels[2][0].images[0].get_array()
    # Below 0 is black; 200, 220, 240 of 255.
    assert np.allclose(shown, [[0, 0, 0], [200 / 255, 220 / 255, 240 / 255]])


def test_an_image_that_was_made_up_has_no_wrong_label_and_a_long_label_is_cut(pictures):
    made_up = pictures[pictures["condition"] == "label_noise-1.00"]
    made_up = made_up.assign(
        condition="gaussian_noise", label="a name longer than a column is wide" * 3
    )
    figure = examples.draw(pd.concat([pictures, made_up]), STYLE, {})
    label = figure.axes[4].get_xlabel()
    assert label.startswith("a name")
    assert label.endswith("…")
    assert figure.axes[4].get_title() == "gaussian\nnoise,\nrandom\nlabels"


def test_where_nothing_interpolated_a_figure_says_so(summary):
    for figure in (label_noise, relative_epochs):
        drawn = figure.draw(summary.assign(mean=np.nan), STYLE, LABELS)
        assert [text.get_text() for text in drawn.axes[0].texts] == ["no network interpolated"]
        drawn.canvas.draw()


def test_a_network_without_a_point_is_not_in_the_legend(summary):
    mean = summary["mean"].where(summary["model"] == "mlp")
    (legend,) = label_noise.draw(summary.assign(mean=mean), STYLE, LABELS).legends
    assert [text.get_text() for text in legend.get_texts()] == ["MLP"]


def test_examples_in_colour(pictures):
    colours = pd.concat([pictures.assign(channel=channel) for channel in range(3)])
    figure = examples.draw(colours, STYLE, {})
    assert figure.axes[0].images[0].get_array().shape == (2, 3, 3)


@pytest.mark.parametrize(
    ("figure", "table"),
    [
        ("learning_curves", "curves"),
        ("label_noise", "summary"),
        ("relative_epochs", "summary"),
        ("examples", "pictures"),
    ],
)
def test_figures_are_written_alike_each_time_and_are_not_empty(figure, table, request, tmp_path):
    request.getfixturevalue(table).to_csv(tmp_path / "table.csv", index=False)
    spec = {"figure": figure, "style": vars(STYLE), "labels": LABELS}
    # Whatever the user prefers.
    (tmp_path / "b").write_text(
        "axes.facecolor: yellow\nfigure.dpi: 37\npdf.compression: 0\n"
        "savefig.bbox: tight\ntext.usetex: True\n"
    )
    for name, settings in {"a": None, "b": tmp_path / "b"}.items():
        pdf, png = tmp_path / f"{name}.pdf", tmp_path / f"{name}.png"
        with mpl.rc_context(fname=settings):
            write_figure(tmp_path / "table.csv", pdf, png, spec)
    assert Path(tmp_path / "a.pdf").read_bytes() == Path(tmp_path / "b.pdf").read_bytes()
    assert Path(tmp_path / "a.png").read_bytes() == Path(tmp_path / "b.png").read_bytes()
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert 0.005 < (pixels < 200).mean() < 0.8


def test_a_figure_that_is_not_given_back_is_named(curves, monkeypatch, tmp_path):
    monkeypatch.setattr(learning_curves, "draw", lambda *_: None)
    curves.to_csv(tmp_path / "table.csv", index=False)
    spec = {"figure": "learning_curves", "style": vars(STYLE), "labels": LABELS}
    said = "learning_curves.py: draw gave None; give the matplotlib Figure"
    with pytest.raises(InputError, match=said):
        write_figure(tmp_path / "table.csv", tmp_path / "a.pdf", tmp_path / "a.png", spec)


def grey(colour):
    return float(np.dot(mpl.colors.to_rgb(colour), [0.299, 0.587, 0.114]))


def test_levels_of_label_noise_are_told_apart_in_grey():
    looks = condition_looks(
        [f"label_noise-{p:.2f}" for p in (0.25, 0.5, 0.75, 1)] + ["random_pixels"]
    )
    greys = [grey(look["color"]) for look in list(looks.values())[:4]]
    assert min(np.diff(greys)) > 0.05, "darker is less noise"
    assert looks["random_pixels"]["linestyle"] != "-"


def test_corruptions_of_pixels_differ_in_shade_and_line():
    looks = list(condition_looks(["shuffled_pixels", "random_pixels", "gaussian"]).values())
    assert min(np.diff(sorted(grey(look["color"]) for look in looks))) > 0.15
    assert len({str(look["linestyle"]) for look in looks}) == 3


def test_conditions_are_ordered_by_their_noise():
    mixed = ["random_pixels", "label_noise-1.00", "true_labels", "label_noise-0.25", "gaussian"]
    assert in_order(mixed * 2) == [
        "true_labels", "label_noise-0.25", "label_noise-1.00", "random_pixels", "gaussian",
    ]  # fmt: skip


def test_models_differ_in_marker_and_line_too():
    looks = model_looks(list("abcdefgh")).values()
    for what in ("marker", "linestyle", "color"):
        assert len({str(look[what]) for look in looks}) == 8


def test_condition_labels():
    assert [condition_label(name) for name in CONDITIONS] == [
        "true labels",
        "label noise ($p = 0.5$)",
        "random labels ($p = 1$)",
        "random pixels",
    ]
    assert condition_label("random_walk_pixel") == "random walk pixel, random labels"


def test_learning_curves_of_networks_that_all_diverged_can_be_drawn():
    rows = [
        {"model": "m", "condition": "true_labels", "seed": seed, "epoch": 1, "train_loss": np.nan}
        for seed in (0, 1)
    ]
    figure = learning_curves.draw(pd.DataFrame(rows), STYLE, {"m": "M"})
    figure.canvas.draw()
    (panel,) = figure.axes
    assert len(panel.lines) == 2 * 2  # of each seed the curve and its end
    assert all(np.isnan(line.get_ydata()).all() for line in panel.lines)
    assert panel.get_yscale() == "linear"
