"""A metric against label noise (after Zhang et al., 2017, Figures 1b and 1c)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import rows_with, set_plain_ticks
from rethinking.figures.helpers.style import APART, Style, model_looks

# The kind of experiment that it shows.
KIND = "networks"


def draw(
    table: pd.DataFrame,
    style: Style,
    labels: Mapping[str, str],
    *,
    metric: str,
    quantity: str,
    percent: bool = False,
    relative: bool = False,
) -> Figure:
    """Draw means over seeds with their 95 % intervals against p, one line for each model.

    A hollow marker is a mean over only some of the seeds, because the others have no value.

    Args:
        table: A summary.
        style: The sizes.
        labels: The labels of models.
        metric: A metric of the table.
        quantity: The label of the vertical axis, with its unit.
        percent: Whether the metric is a share, drawn from 0 to 100 %.
        relative: Whether it is a ratio, drawn on a logarithmic axis with a line at 1.
    """
    factor = 100 if percent else 1
    rows = rows_with(table, {"metric": metric}).dropna(subset="label_noise")
    rows = rows.sort_values("label_noise")
    models = list(table["model"].unique())
    looks = model_looks(models)
    figure, axes = plt.subplots(
        figsize=(0.8 * style.width, 0.42 * style.width), layout="constrained"
    )
    for index, model in enumerate(models):
        known = rows_with(rows, {"model": model}).dropna(subset="mean")
        if known.empty:
            continue
        look = looks[model]
        x = known["label_noise"] + APART * (index - (len(models) - 1) / 2)
        mean, low, high = (factor * known[name] for name in ("mean", "low", "high"))
        bars = {"capsize": 2.5, "elinewidth": 0.8, "label": labels[model], **look}
        axes.errorbar(x, mean, yerr=[mean - low, high - mean], **bars)
        partial = known["excluded"] > 0
        hollow = {"marker": look["marker"], "mec": look["color"], "mfc": "white", "zorder": 3}
        axes.plot(x[partial], mean[partial], linestyle="none", **hollow)
    axes.set(
        xlabel="label noise $p$ (probability that a training label is redrawn)",
        xlim=(-0.07, 1.07),
        ylabel=quantity.replace("; ", "\n"),
    )
    if percent:
        axes.set_ylim(0, 100)
    if relative:
        axes.axhline(1, color="black", linewidth=0.6, zorder=1)
        axes.set_yscale("log")
        set_plain_ticks(axes.yaxis)
    if axes.containers:
        figure.legend(loc="outside right center")
    else:
        axes.text(0.5, 0.5, "no network interpolated", ha="center", transform=axes.transAxes)
    return figure
