"""Accuracy during training with and without regularisation (Zhang et al., 2017, Figure 2)."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.analysis.summaries import summarised
from rethinking.figures.helpers.marks import add_legend
from rethinking.figures.helpers.style import Style, grid, model_looks
from rethinking.figures.regularization import PANELS
from rethinking.names.labels import regularization_label
from rethinking.names.recipe import regularization_of

# The kind of experiment that it shows.
KIND = "networks"
# The figure compares networks with and without regularisation.
REGULARIZED = True


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw a row of panels for each model: means over seeds with 95 % bands, and the best epoch.

    The table is one of ``rethinking.networks.tables.curves_table``.
    """
    table = table.assign(regularization=table["recipe"].map(regularization_of))
    models = list(table["model"].unique())
    looks = model_looks(list(table["regularization"].unique()))
    size = (style.width, (0.15 + 0.24 * len(models)) * style.width)
    figure, axes = grid(len(models), 2, size, sharex="row", sharey=True)
    for (condition, metric, title), panels in zip(PANELS, axes.T, strict=True):
        chosen = table[table["condition"] == condition]
        points = chosen.assign(
            metric=metric, value=chosen[metric], unit="share", points=float("nan")
        )
        curves = summarised(points, ["model", "regularization", "epoch", "metric"])
        panels[0].set_title(title)
        for panel, model in zip(panels, models, strict=True):
            for name, curve in curves[curves["model"] == model].groupby(
                "regularization", sort=False
            ):
                look = looks[str(name)]
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
    add_legend(figure, looks.values(), map(regularization_label, looks), 3)
    return figure
