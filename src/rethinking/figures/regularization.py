"""Whether regularisation is needed, and whether it suffices (Zhang et al., 2017, §3)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rethinking.figures.helpers.style import Style, model_looks
from rethinking.names.labels import regularization_label
from rethinking.names.recipe import regularization_of

# Condition, metric, and what the panel is called.
# It compares networks with and without regularisation.
REGULARIZED = True
PANELS = (
    ("true_labels", "test_accuracy", "test accuracy, true labels (%)"),
    ("label_noise-1.00", "train_accuracy", "training accuracy, random labels (%)"),
)


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw, for each regularisation, what it does on true and on random labels.

    Args:
        table: A summary, as ``rethinking.analysis.summaries.summary_table`` gives it.
        style: Sizes.
        labels: Of the models.
    """
    table = table.assign(regularization=table["recipe"].map(regularization_of))
    rows = list(table["regularization"].unique())
    looks = model_looks(list(table["model"].unique()))
    figure, axes = plt.subplots(
        1,
        2,
        figsize=(style.width, (0.2 + 0.05 * len(rows)) * style.width),
        sharey=True,
        layout="constrained",
    )
    for panel, (condition, metric, title) in zip(axes, PANELS, strict=True):
        shown = table[(table["condition"] == condition) & (table["metric"] == metric)]
        for number, (model, look) in enumerate(looks.items()):
            beside = 0.6 * ((number + 0.5) / len(looks) - 0.5)
            for row in shown[shown["model"] == model].to_dict("records"):
                at = rows.index(row["regularization"]) + beside
                mean, low, high = (100 * row[end] for end in ("mean", "low", "high"))
                panel.plot(mean, at, color=look["color"], marker=look["marker"])
                panel.plot([low, high], [at, at], color=look["color"], linewidth=0.8)
        panel.set_xlabel(title)
    axes[0].set_yticks(range(len(rows)), [regularization_label(row) for row in rows])
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=look["color"], marker=look["marker"], linewidth=0.8)
        for look in looks.values()
    ]
    names = [labels[model] for model in looks]
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    return figure
