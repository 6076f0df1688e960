"""Accuracy along training with and without regularisation (Zhang et al., 2017, Figure 2)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rethinking.analysis.summaries import summarised
from rethinking.figures.helpers.style import Style, model_looks
from rethinking.names.labels import regularization_label
from rethinking.names.recipe import regularization_of

# Condition, column of the learning curves, and what the panels are called.
# It compares networks with and without regularisation.
REGULARIZED = True
PANELS = (
    ("true_labels", "test_accuracy", "test accuracy, true labels (%)"),
    ("label_noise-1.00", "train_accuracy", "training accuracy, random labels (%)"),
)


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw a row of panels for each model: means over seeds with 95 % bands, and their best epoch.

    Args:
        table: Learning curves, as ``rethinking.networks.tables.curves_table`` gives them.
        style: Sizes.
        labels: Of the models.
    """
    table = table.assign(regularization=table["recipe"].map(regularization_of))
    models = list(table["model"].unique())
    looks = model_looks(list(table["regularization"].unique()))
    figure, axes = plt.subplots(
        len(models),
        2,
        figsize=(style.width, (0.15 + 0.24 * len(models)) * style.width),
        sharex="row",
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for (condition, column, title), panels in zip(PANELS, axes.T, strict=True):
        chosen = table[table["condition"] == condition]
        points = chosen.assign(
            metric=column, value=chosen[column], unit="share", points=float("nan")
        )
        curves = summarised(points, ["model", "regularization", "epoch", "metric"])
        panels[0].set_title(title)
        for panel, model in zip(panels, models, strict=True):
            for regularization, curve in curves[curves["model"] == model].groupby(
                "regularization", sort=False
            ):
                look = looks[str(regularization)]
                low, mean, high = (100 * curve[end] for end in ("low", "mean", "high"))
                line = {"color": look["color"], "linestyle": look["linestyle"]}
                panel.plot(curve["epoch"], mean, **line)
                panel.fill_between(curve["epoch"], low, high, color=look["color"], alpha=0.12, lw=0)
                if mean.notna().any():
                    best = mean.idxmax()
                    panel.plot(curve["epoch"][best], mean[best], **line, marker=look["marker"])
    for panel, model in zip(axes[:, 0], models, strict=True):
        panel.set_ylabel(labels[model])
    figure.supxlabel("epoch", fontsize=style.font_size)
    handles = [Line2D([], [], **look) for look in looks.values()]
    names = [regularization_label(name) for name in looks]
    figure.legend(handles, names, loc="outside upper center", ncols=3)
    return figure
