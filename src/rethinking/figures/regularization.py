"""Whether regularisation is necessary, and whether it suffices (Zhang et al., 2017, §3)."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import add_legend, draw_interval, interval_look, rows_with
from rethinking.figures.helpers.style import Style, grid, model_looks
from rethinking.names.labels import regularization_label
from rethinking.names.recipe import regularization_of

# The kind of experiment that it shows.
KIND = "networks"
# The figure compares networks with and without regularisation.
REGULARIZED = True
# Condition, metric and title of each panel.
PANELS = (
    ("true_labels", "test_accuracy", "test accuracy, true labels (%)"),
    ("label_noise-1.00", "train_accuracy", "training accuracy, random labels (%)"),
)


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw the accuracies under each regularisation, on true and on random labels."""
    table = table.assign(regularization=table["recipe"].map(regularization_of))
    names = list(table["regularization"].unique())
    looks = model_looks(list(table["model"].unique()))
    size = (style.width, (0.2 + 0.05 * len(names)) * style.width)
    figure, (panels,) = grid(1, 2, size, sharey=True)
    for panel, (condition, metric, title) in zip(panels, PANELS, strict=True):
        for index, (model, look) in enumerate(looks.items()):
            shift = 0.6 * ((index + 0.5) / len(looks) - 0.5)
            keys = {"condition": condition, "metric": metric, "model": model}
            for name, rows in rows_with(table, keys).groupby("regularization", sort=False):
                draw_interval(panel, rows, names.index(name) + shift, look, factor=100)
        panel.set_xlabel(title)
    panels[0].set_yticks(range(len(names)), map(regularization_label, names))
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    models = [labels[model] for model in looks]
    add_legend(figure, map(interval_look, looks.values()), models, 4)
    return figure
