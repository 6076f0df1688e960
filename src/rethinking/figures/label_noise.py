"""Test error at interpolation against label noise (after Zhang et al., 2017, Figure 1c)."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.against_label_noise import draw_against_label_noise
from rethinking.figures.helpers.style import Style


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw the mean test error with its 95 % interval over seeds, one line for each model.

    Args:
        table: A summary, as ``rethinking.networks.tables.summary_table`` gives it.
        style: Sizes.
        labels: What to call the models.
    """
    figure, axes = draw_against_label_noise(
        table, "test_error_at_interpolation", 100, style, labels
    )
    axes.set(ylabel="test error at interpolation (%)", ylim=(0, 100))
    return figure
