"""Figures of what was measured of functions."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from rethinking.figures import smoothness
from rethinking.measures.smoothness import RADII
from rethinking.names.labels import INTERPOLANTS
from tests.helpers.figures import drawn, legend_of

LABELS = {"mlp": "MLP", "resnet": "ResNet"} | INTERPOLANTS
LEVELS = {"true_labels": 0.0, "label_noise-1.00": 1.0, "untrained": np.nan, "gaussian": np.nan}
SETTINGS = [
    *((model, condition) for model in ("mlp", "resnet") for condition in LEVELS),
    *((name, condition) for name in INTERPOLANTS for condition in list(LEVELS)[:2]),
]


def rows(*values):
    """A table of all settings, with a row of each for each of the values."""
    return pd.DataFrame(
        {"model": model, "condition": condition, "label_noise": LEVELS[condition]} | value
        for model, condition in SETTINGS
        for value in values
    )


@pytest.fixture
def summary():
    table = rows(
        *(
            {"metric": metric, "mean": 3.0, "low": 2.0, "high": 5.0}
            for metric, _, _ in smoothness.PANELS
        )
    )
    undefined = table["model"].eq("resnet") & table["metric"].eq("path_norm_2")
    table.loc[undefined, ["mean", "low", "high"]] = np.nan
    return table


@pytest.fixture
def profiles():
    return rows(
        *(
            {"metric": metric, "x": x, "y": np.nan, "mean": 0.2 + x, "low": 0.1, "high": 3.0}
            for metric in ("local_variation", "flip_rate", "path_spectrum", "plane_spectrum")
            for x in RADII
        ),
        *(
            {
                "metric": "image_sensitivity",
                "x": x,
                "y": y,
                "mean": 1 + (x == y),
                "low": 0,
                "high": 3,
            }
            for x in (-0.5, -0.25, 0.0, 0.25)
            for y in (-0.5, -0.25, 0.0, 0.25)
        ),
    )


@pytest.fixture
def planes():
    points = [
        {"x": x, "y": y, "class": float(x > 0), "margin": abs(x), "image": np.nan}
        for x in np.linspace(-1, 1, 8)
        for y in np.linspace(-1, 1, 8)
    ]
    nothing = {"class": np.nan, "margin": np.nan}
    images = [nothing | {"x": x, "y": 0.1, "image": label} for x, label in ((-0.5, 0), (0.5, 1))]
    return rows(*points, *images)


def test_smoothness_has_a_panel_for_each_measure_and_untrained_networks_apart(summary):
    figure = drawn("smoothness", summary, LABELS)
    assert len(figure.axes) == len(smoothness.PANELS)
    first = figure.axes[0]
    ticks = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert ticks == ["un-\ntrained", "0", "1"]
    # Untrained and trained networks are apart; interpolants are not trained. Gaussian has no p.
    assert len(first.containers) == 2 * 2 + 3
    places = [container.lines[0].get_xdata() for container in first.containers]
    assert [len(place) for place in places] == [1, 2, 1, 2, 2, 2, 2]
    assert max(places[0]) < 0
    # What is not defined is not drawn.
    norms = figure.axes[[metric for metric, _, _ in smoothness.PANELS].index("path_norm_2")]
    assert len(norms.containers) == 2 + 3
    assert legend_of(figure) == list(LABELS.values())
    line, _, (bars,) = first.containers[1].lines
    assert line.get_ydata() == pytest.approx([3, 3])
    assert sorted(bars.get_segments()[0][:, 1]) == pytest.approx([2, 5])


@pytest.mark.parametrize(
    ("name", "metric", "factor", "quantity", "along"),
    [
        ("local_variation", "local_variation", 1, "local variation (logit s.d.)", "$\\epsilon$"),
        ("flip_rate", "flip_rate", 100, "predictions that change (%)", "$\\epsilon$"),
        (
            "path_spectra",
            "path_spectrum",
            1,
            "energy density (logit variance / frequency)",
            "frequency (cycles",
        ),
        (
            "plane_spectra",
            "plane_spectrum",
            1,
            "energy density (logit variance / frequency$^2$)",
            "frequency (cycles",
        ),
    ],
)
def test_profiles_are_lines_with_bands(profiles, name, metric, factor, quantity, along):
    others = profiles["metric"] != metric
    profiles.loc[others, ["mean", "low", "high"]] *= 7
    figure = drawn(name, profiles, LABELS)
    panels = [panel for panel in figure.axes if panel.get_visible()]
    assert [panel.get_title() for panel in panels] == ["MLP", "ResNet"]
    # Four conditions, and the three references on the noisiest labels.
    assert [len(panel.lines) for panel in panels] == [7, 7]
    # References have no bands.
    assert [len(panel.collections) for panel in panels] == [4, 4]
    assert panels[0].lines[-1].get_ydata() == pytest.approx([factor * (0.2 + x) for x in RADII])
    band = panels[0].collections[-1].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.1 * factor, 3 * factor))
    assert figure.get_supylabel() == quantity
    assert figure.get_supxlabel().startswith(along)
    assert "neighbours" in figure.get_supxlabel()
    if factor == 100:
        assert panels[0].get_ylim() == (0, 100)
    else:
        assert panels[0].get_yscale() == "log"
    legend = legend_of(figure)
    assert legend[0] == "untrained"
    assert legend[-3:] == list(INTERPOLANTS.values())


def test_a_seed_without_interval_has_no_band(profiles):
    profiles[["low", "high"]] = np.nan
    figure = drawn("local_variation", profiles, LABELS)
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    assert np.isfinite(band).all()


def test_maps_of_image_frequencies_are_relative_to_their_means(profiles):
    figure = drawn("image_frequency", profiles, LABELS)
    maps = [panel for panel in figure.axes if panel.images]
    assert len(maps) == 2 * 4
    assert "cycles per pixel" in figure.get_supxlabel()
    assert "cycles per pixel" in figure.get_supylabel()
    shown = maps[0].images[0].get_array()
    assert shown.mean() == pytest.approx(1)
    # 2 on the diagonal, 1 elsewhere.
    assert list(np.diag(shown)) == pytest.approx([2 / 1.25] * 4)
    assert list(maps[0].images[0].get_extent()) == [-0.625, 0.375, -0.625, 0.375]


def test_maps_of_networks_that_diverged_are_empty(profiles):
    profiles["mean"] = np.nan
    figure = drawn("image_frequency", profiles, LABELS)
    figure.canvas.draw()
    assert len(figure.axes) == 2 * 4  # networks and conditions, and no colour bar
    assert not any(panel.images for panel in figure.axes)


def test_planes_show_classes_borders_and_images(planes):
    figure = drawn("decision_planes", planes, LABELS)
    shown = [panel for panel in figure.axes if panel.images]
    # White noise decides nothing.
    assert len(shown) == 2 * 4 + 2 * 2
    picture = shown[0].images[0].get_array()
    assert (picture[:, 0] == picture[0, 0]).all()
    assert not (picture[:, 0] == picture[:, -1]).any()
    # The smaller the margin, the paler.
    assert picture[0, 3].sum() > picture[0, 0].sum()
    (circles,) = [one for one in shown[0].collections if isinstance(one, PathCollection)]
    assert circles.get_offsets().tolist() == [[-0.5, 0.1], [0.5, 0.1]]
    assert [text.get_text() for text in shown[0].texts] == ["0", "1"]


def test_a_plane_on_which_all_is_one_class_can_be_drawn(planes):
    planes["class"] = planes["class"].where(planes["class"].isna(), 3.0)
    planes["margin"] = planes["margin"].where(planes["margin"].isna(), 0.0)
    figure = drawn("decision_planes", planes, LABELS)
    figure.canvas.draw()
    shown = [panel.images[0].get_array() for panel in figure.axes if panel.images]
    assert len(shown) == 2 * 4 + 2 * 2
    assert all((picture == picture[0, 0]).all() for picture in shown)


@pytest.mark.parametrize("name", ["local_variation", "flip_rate", "path_spectra", "plane_spectra"])
def test_without_a_point_there_is_a_figure_that_says_so(profiles, name):
    # As where images are so far apart that no frequency can be told.
    figure = drawn(name, profiles[profiles["metric"] == "image_sensitivity"], LABELS)
    figure.canvas.draw()
    (panel,) = figure.axes
    assert not panel.lines
    assert [text.get_text() for text in panel.texts] == ["nothing to draw"]
