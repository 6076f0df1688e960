"""What networks decide on a plane through three training images."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.figures.helpers.style import Style
from rethinking.names.labels import condition_label, in_order

# Share of white where the margin is smallest.
FADED = 0.65
LARGEST_PANEL = 1.2  # inches


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw classes as colours, margins as their strength: a column a function, a row a condition.

    Lines are the borders between classes; circles are the images, with the labels that they have in
    training. The first seed of each.

    Args:
        table: What ``rethinking.networks.tables.planes_table`` gives.
        style: Sizes.
        labels: Of models and references.
    """
    models = [name for name in table["model"].unique() if name != "white_noise"]
    conditions = in_order(table["condition"])
    highest = int(table["class"].max()) if table["class"].notna().any() else 0
    colours = np.array(sns.color_palette("colorblind", 10) * (highest // 10 + 1))
    side = min(style.width / (len(models) + 0.3), LARGEST_PANEL)
    figure, axes = plt.subplots(
        len(conditions),
        len(models),
        figsize=(style.width, side * len(conditions) + 5 * style.font_size / 72),
        squeeze=False,
        layout="constrained",
    )
    groups = dict(iter(table.groupby(["model", "condition"])))
    for row, condition in enumerate(conditions):
        axes[row][0].set_ylabel(condition_label(condition).replace(" (", "\n("))
        for column, model in enumerate(models):
            panel = axes[row][column]
            panel.set(xticks=[], yticks=[])
            panel.grid(visible=False)
            panel.spines[:].set_visible(False)
            if row == 0:
                panel.set_title(_broken(labels[model]), fontsize=style.font_size - 1)
            if (model, condition) in groups:
                _draw_plane(panel, groups[model, condition], colours, style)
    return figure


def _draw_plane(panel: Axes, rows: pd.DataFrame, colours: np.ndarray, style: Style) -> None:
    decided = rows[rows["class"].notna()]
    classes = decided.pivot_table("class", "y", "x")
    margins = decided.pivot_table("margin", "y", "x").to_numpy()
    shown = colours[classes.to_numpy().astype(int)]
    strength = np.clip(margins / np.quantile(margins, 0.9), 0, 1) if margins.max() > 0 else margins
    faded = (FADED * (1 - strength))[..., None]
    across, up = classes.columns.to_numpy(dtype=float), classes.index.to_numpy(dtype=float)
    ends = (across.min(), across.max(), up.min(), up.max())
    panel.imshow(shown * (1 - faded) + faded, origin="lower", extent=ends, interpolation="nearest")
    for one in np.unique(classes):
        panel.contour(
            across, up, classes == one, levels=[0.5],
            colors="black", linewidths=0.3,
        )  # fmt: skip
    images = rows[rows["image"].notna()]
    panel.scatter(images["x"], images["y"], s=34, color="white", edgecolor="black", linewidth=0.5)
    for x, y, label in images[["x", "y", "image"]].itertuples(index=False):
        panel.text(
            x, y - 0.01, f"{label:g}", ha="center", va="center", fontsize=style.font_size - 2
        )
    panel.set(xlim=ends[:2], ylim=ends[2:])


def _broken(label: str) -> str:
    """A label in two lines, where it has two words: columns are narrow."""
    return label.replace(" ", "\n", 1)
