"""The looks of conditions and models, their order and their labels."""

import matplotlib as mpl
import numpy as np

from rethinking.figures.helpers.style import (
    REFERENCES,
    condition_looks,
    literal,
    model_looks,
    panel_grid,
    styled,
)
from rethinking.names.labels import INTERPOLANTS, condition_label, in_order
from tests.helpers.figures import STYLE


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
    conditions = ["true_labels", "label_noise-0.50", "label_noise-1.00", "random_pixels"]
    assert [condition_label(name) for name in conditions] == [
        "true labels",
        "label noise ($p = 0.5$)",
        "random labels ($p = 1$)",
        "random pixels",
    ]
    assert condition_label("random_walk_pixel") == "random walk pixel, random labels"


def test_every_reference_has_a_look():
    assert set(REFERENCES) == set(INTERPOLANTS)


def test_only_what_is_used_of_a_grid_of_panels_is_seen():
    figure, panels = panel_grid(4, STYLE)
    assert len(panels) == 4
    assert [panel.get_visible() for panel in figure.axes] == [True] * 4 + [False] * 2
    assert tuple(figure.get_size_inches()) == (STYLE.width, (0.12 + 0.31 * 2) * STYLE.width)


def test_the_look_holds_within_its_block_only():
    with mpl.rc_context({"axes.facecolor": "yellow"}):
        with styled(STYLE):
            assert mpl.rcParams["axes.facecolor"] == mpl.rcParamsDefault["axes.facecolor"]
            assert mpl.rcParams["font.size"] == STYLE.font_size
        assert mpl.rcParams["axes.facecolor"] == "yellow"


def test_dollar_signs_of_a_name_are_no_mathematics():
    assert literal("$0_$10") == r"\$0_\$10"
