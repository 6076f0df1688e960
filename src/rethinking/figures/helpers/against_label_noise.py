"""What a metric does as label noise grows, for each network."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.figures.helpers.style import APART, Style, model_looks


def draw_against_label_noise(
    table: pd.DataFrame, metric: str, factor: float, style: Style, labels: Mapping[str, str]
) -> tuple[Figure, Axes]:
    """Draw means over seeds with their 95 % intervals against p, one line for each model.

    A hollow marker stands for a mean over those seeds only that have a value; a mean over none is
    left out.

    Args:
        table: A summary, as ``rethinking.networks.tables.summary_table`` gives it.
        metric: Which of its metrics.
        factor: What to multiply it by.
        style: Sizes.
        labels: What to call the models.
    """
    rows = table[(table["metric"] == metric) & table["label_noise"].notna()]
    rows = rows.sort_values("label_noise")
    models = list(table["model"].unique())
    looks = model_looks(models)
    figure, axes = plt.subplots(
        figsize=(0.8 * style.width, 0.42 * style.width), layout="constrained"
    )
    for place, model in enumerate(models):
        known = rows[(rows["model"] == model) & rows["mean"].notna()]
        if known.empty:
            continue
        at = known["label_noise"] + APART * (place - (len(models) - 1) / 2)
        mean, low, high = (factor * known[name] for name in ("mean", "low", "high"))
        axes.errorbar(
            at,
            mean,
            yerr=[mean - low, high - mean],
            capsize=2.5,
            elinewidth=0.8,
            label=labels[model],
            **looks[model],
        )
        partial = known["excluded"] > 0
        axes.plot(
            at[partial],
            mean[partial],
            linestyle="none",
            marker=looks[model]["marker"],
            markeredgecolor=looks[model]["color"],
            markerfacecolor="white",
            zorder=3,
        )
    axes.set(
        xlabel="label noise $p$ (probability that a training label is redrawn)", xlim=(-0.07, 1.07)
    )
    if axes.containers:
        figure.legend(loc="outside right center")
    else:
        axes.text(0.5, 0.5, "no network interpolated", ha="center", transform=axes.transAxes)
    return figure, axes
