"""Training loss by epoch under each condition (after Zhang et al., 2017, Figure 1a)."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from rethinking.figures.helpers.marks import add_legend
from rethinking.figures.helpers.style import Style, condition_looks, panel_grid
from rethinking.names.labels import condition_label, in_order

# The kind of experiment that it shows.
KIND = "networks"


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw one panel for each model, one line for each seed.

    The table is one of ``rethinking.networks.tables.curves_table``.
    """
    models = list(table["model"].unique())
    looks = condition_looks(in_order(table["condition"]))
    figure, panels = panel_grid(len(models), style)
    for panel, model in zip(panels, models, strict=True):
        of_model = table[table["model"] == model]
        for (condition, _), run in of_model.groupby(["condition", "seed"], sort=False):
            look, epochs, losses = looks[condition], run["epoch"], run["train_loss"]
            panel.plot(epochs, losses, **look, lw=0.8, alpha=0.8)
            end = {"marker": "o", "markersize": 2.5, "color": look["color"]}
            panel.plot(epochs.iloc[-1], losses.iloc[-1], **end)
        # A logarithmic axis needs a positive loss, which networks that diverge at once do not have.
        height = "log" if (of_model["train_loss"] > 0).any() else "linear"
        panel.set(xscale="log", yscale=height, title=labels[model])
        for axis in (panel.xaxis, panel.yaxis):
            low, high = axis.get_view_interval()
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter("{x:.2g}" if high < 5 * low else NullFormatter())
    figure.supxlabel("epoch", fontsize=style.font_size)
    figure.supylabel("training loss (nats)", fontsize=style.font_size)
    add_legend(figure, looks.values(), map(condition_label, looks), 4)
    return figure
