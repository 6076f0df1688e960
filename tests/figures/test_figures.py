"""Learning curves, metrics against label noise, examples of images; and how figures are written."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rethinking.errors import InputError
from rethinking.figures import learning_curves
from rethinking.figures.helpers.figure import write_figure
from rethinking.names.labels import condition_label
from tests.helpers.figures import drawn, figure_spec, legend_of

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
    figure = drawn("learning_curves", curves, LABELS)
    panels = figure.axes
    assert [panel.get_title() for panel in panels] == ["MLP", "ResNet"]
    # A line and a dot for each of 4 conditions × 2 seeds.
    assert [len(panel.lines) for panel in panels] == [16, 16]
    assert figure.get_supxlabel() == "epoch"
    assert "nats" in figure.get_supylabel()
    assert legend_of(figure) == [condition_label(condition) for condition in CONDITIONS]


@pytest.mark.parametrize(
    ("name", "mean", "ends", "label", "scale"),
    [
        ("label_noise", 40, (35, 50), "test error at interpolation (%)", "linear"),
        ("relative_epochs", 3, (2, 4.5), "epochs to interpolate\nrelative to $p = 0$", "log"),
    ],
)
def test_what_grows_with_label_noise_is_drawn_with_its_interval(
    summary, name, mean, ends, label, scale
):
    figure = drawn(name, summary, LABELS)
    (axes,) = figure.axes
    assert len(axes.containers) == 2
    line, _, (bars,) = axes.containers[0].lines
    # Random pixels have no level.
    assert line.get_ydata() == pytest.approx([mean] * 3)
    assert sorted(bars.get_segments()[0][:, 1]) == pytest.approx(ends)
    assert (axes.get_ylabel(), axes.get_yscale()) == (label, scale)
    if scale == "linear":
        assert axes.get_ylim() == (0, 100)
    # Networks side by side, about the same p.
    other = axes.containers[1].lines[0]
    assert 0 < other.get_xdata()[0] - line.get_xdata()[0] < 0.05
    assert legend_of(figure) == ["MLP", "ResNet"]


def test_a_ratio_has_a_line_at_1_and_a_share_has_none(summary):
    ratio, share = (
        drawn(name, summary, LABELS).axes[0] for name in ("relative_epochs", "label_noise")
    )
    level = [[1, 1] in [list(line.get_ydata()) for line in axes.lines] for axes in (ratio, share)]
    assert level == [True, False]


def test_a_mean_over_some_seeds_is_hollow_and_one_over_none_is_not_drawn(summary):
    (axes,) = drawn("label_noise", summary, LABELS).axes
    line = axes.containers[1].lines[0]
    assert [round(x) for x in line.get_xdata()] == [0, 1]
    hollow = [one for one in axes.lines if one.get_markerfacecolor() == "white"]
    assert [len(one.get_xdata()) for one in hollow] == [0, 1]


def test_examples_show_each_condition_in_a_column_with_the_label_below(pictures):
    figure = drawn("examples", pictures)
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
    figure = drawn("examples", pd.concat([pictures, made_up]))
    label = figure.axes[4].get_xlabel()
    assert label.startswith("a name")
    assert label.endswith("…")
    assert figure.axes[4].get_title() == "gaussian\nnoise,\nrandom\nlabels"


@pytest.mark.parametrize("name", ["label_noise", "relative_epochs"])
def test_where_nothing_interpolated_a_figure_says_so(summary, name):
    figure = drawn(name, summary.assign(mean=np.nan), LABELS)
    figure.canvas.draw()
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["no network interpolated"]
    assert not axes.containers
    assert not figure.legends


def test_a_network_without_a_point_is_not_in_the_legend(summary):
    mean = summary["mean"].where(summary["model"] == "mlp")
    assert legend_of(drawn("label_noise", summary.assign(mean=mean), LABELS)) == ["MLP"]


def test_examples_in_colour(pictures):
    channels = [pictures.assign(channel=n, value=pictures["value"] / (n + 1)) for n in range(3)]
    shown = drawn("examples", pd.concat(channels)).axes[0].images[0].get_array()
    assert shown.shape == (2, 3, 3)
    # The last place of the second row: 40 of red, 20 of green, 13.3 of blue, of 255.
    assert list(shown[1, 2]) == pytest.approx([40 / 255, 20 / 255, 40 / 3 / 255])


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
    spec = figure_spec(figure, LABELS)
    # Whatever the user prefers.
    (tmp_path / "b").write_text(
        "axes.facecolor: yellow\nfigure.dpi: 37\npdf.compression: 0\n"
        "savefig.bbox: tight\ntext.usetex: True\n"
    )
    for name, settings in {"a": None, "b": tmp_path / "b"}.items():
        pdf, png = tmp_path / f"{name}.pdf", tmp_path / f"{name}.png"
        with mpl.rc_context(fname=settings):
            write_figure(tmp_path / "table.csv", pdf, png, spec)
    for suffix in ("pdf", "png"):
        one, other = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
        assert one == other
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert 0.005 < (pixels < 200).mean() < 0.8


def test_a_figure_that_is_not_given_back_is_named(curves, monkeypatch, tmp_path):
    monkeypatch.setattr(learning_curves, "draw", lambda *_: None)
    curves.to_csv(tmp_path / "table.csv", index=False)
    spec = figure_spec("learning_curves", LABELS)
    said = "learning_curves.py: draw gave None; give the matplotlib Figure"
    with pytest.raises(InputError, match=said):
        write_figure(tmp_path / "table.csv", tmp_path / "a.pdf", tmp_path / "a.png", spec)


def test_learning_curves_of_networks_that_all_diverged_can_be_drawn():
    rows = [
        {"model": "m", "condition": "true_labels", "seed": seed, "epoch": 1, "train_loss": np.nan}
        for seed in (0, 1)
    ]
    figure = drawn("learning_curves", pd.DataFrame(rows), {"m": "M"})
    figure.canvas.draw()
    (panel,) = figure.axes
    assert len(panel.lines) == 2 * 2  # of each seed the curve and its end
    assert all(np.isnan(line.get_ydata()).all() for line in panel.lines)
    assert panel.get_yscale() == "linear"
