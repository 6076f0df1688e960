"""How many predictions change within a distance."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.profiles import draw_profiles
from rethinking.figures.helpers.style import Style
from rethinking.figures.local_variation import on_distances


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw the share of predictions that change at ‖δ‖ = ε, with 95 % bands over seeds.

    Args:
        table: Profiles, as ``rethinking.networks.tables.profiles_table`` gives them.
        style: Sizes.
        labels: What to call models and references.
    """
    figure, panels = draw_profiles(table, "flip_rate", 100, style, labels)
    panels[0].set_ylim(0, 100)
    on_distances(figure, panels[0], style)
    figure.supylabel("predictions that change (%)", fontsize=style.font_size)
    return figure
