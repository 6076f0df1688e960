"""The spectra of functions along paths between training images."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from rethinking.figures.helpers.profiles import draw_profiles
from rethinking.figures.helpers.style import Style


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw energy density against frequency, with 95 % bands over seeds.

    Args:
        table: Profiles, as ``rethinking.networks.tables.profiles_table`` gives them.
        style: Sizes.
        labels: What to call models and references.
    """
    figure, panels = draw_profiles(table, "path_spectrum", 1, style, labels)
    on_frequencies(figure, panels[0], style)
    figure.supylabel("energy density (logit variance / frequency)", fontsize=style.font_size)
    return figure


def on_frequencies(figure: Figure, panel: Axes, style: Style) -> None:
    """Make both axes logarithmic, and name the horizontal one of all panels."""
    panel.set(xscale="log", yscale="log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter(NullFormatter())
    figure.supxlabel(
        "frequency (cycles per distance between nearest neighbours)", fontsize=style.font_size
    )
