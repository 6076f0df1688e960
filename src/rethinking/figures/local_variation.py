"""How much the logits change within a distance."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.figures.helpers.profiles import draw_profiles
from rethinking.figures.helpers.style import Style


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw mean ‖f(x + δ) − f(x)‖ against ‖δ‖ = ε, with 95 % bands over seeds.

    Args:
        table: Profiles, as ``rethinking.networks.tables.profiles_table`` gives them.
        style: Sizes.
        labels: What to call models and references.
    """
    figure, panels = draw_profiles(table, "local_variation", 1, style, labels)
    panels[0].set_yscale("log")
    on_distances(figure, panels[0], style)
    figure.supylabel("local variation (logit s.d.)", fontsize=style.font_size)
    return figure


def on_distances(figure: Figure, panel: Axes, style: Style) -> None:
    """Make the horizontal axis of all panels logarithmic, and name it."""
    panel.set_xscale("log")
    panel.set_xticks([1 / 32, 1 / 8, 1 / 2], ["1/32", "1/8", "1/2"])
    panel.minorticks_off()
    figure.supxlabel("$\\epsilon$ (distances between nearest neighbours)", fontsize=style.font_size)
