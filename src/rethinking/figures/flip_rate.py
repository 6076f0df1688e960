"""How many predictions change within a distance."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.local_variation import on_distances
from rethinking.figures.profiles import draw_profiles
from rethinking.figures.style import Style


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw the share of predictions that change at ‖δ‖ = ε, with 95 % bands over seeds.

    Args:
        table: Profiles, as ``rethinking.analysis.tables.profiles_table`` gives them.
        style: Sizes.
        labels: What to call models and references.
    """
    figure, panels = draw_profiles(table, "flip_rate", 100, style, labels)
    panels[0].set_ylim(0, 100)
    on_distances(figure, panels[0], style)
    figure.supylabel("predictions that change (%)", fontsize=style.font_size)
    return figure
