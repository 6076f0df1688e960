"""How much longer noisy labels take (after Zhang et al., 2017, Figure 1b)."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from rethinking.figures.helpers.against_label_noise import draw_against_label_noise
from rethinking.figures.helpers.style import Style


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw epochs to interpolate over those at p = 0, with 95 % intervals over seeds.

    Args:
        table: A summary, as ``rethinking.networks.tables.summary_table`` gives it.
        style: Sizes.
        labels: What to call the models.
    """
    figure, axes = draw_against_label_noise(table, "relative_epochs", 1, style, labels)
    axes.axhline(1, color="black", linewidth=0.6, zorder=1)
    axes.set(ylabel="epochs to interpolate,\nrelative to $p = 0$", yscale="log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    return figure
