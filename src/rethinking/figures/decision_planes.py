"""The decisions of networks on a plane through three training images."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.figures.helpers.style import Style, grid
from rethinking.names.labels import condition_label, in_order

# The kind of experiment that it shows.
KIND = "networks"
# The share of white where the margin is smallest.
FADED = 0.65
LARGEST_PANEL = 1.2  # inches


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw classes as colours and margins as their strength, by function and condition.

    There is a column for each function, a row for each condition, and only the first seed. Lines
    are the borders between classes; circles are the images with their training labels. The table is
    one of ``rethinking.networks.tables.planes_table``.
    """
    models = [name for name in table["model"].unique() if name != "white_noise"]
    conditions = in_order(table["condition"])
    highest = int(table["class"].max()) if table["class"].notna().any() else 0
    colours = np.array(sns.color_palette("colorblind", 10) * (highest // 10 + 1))
    side = min(style.width / (len(models) + 0.3), LARGEST_PANEL)
    size = (style.width, side * len(conditions) + 5 * style.font_size / 72)
    figure, axes = grid(len(conditions), len(models), size)
    groups = dict(iter(table.groupby(["model", "condition"])))
    for model, panel in zip(models, axes[0], strict=True):
        # Columns are narrow: a label of two words has two lines.
        panel.set_title(labels[model].replace(" ", "\n", 1), fontsize=style.font_size - 1)
    for condition, panels in zip(conditions, axes, strict=True):
        panels[0].set_ylabel(condition_label(condition).replace(" (", "\n("))
        for model, panel in zip(models, panels, strict=True):
            panel.set(xticks=[], yticks=[])
            panel.grid(visible=False)
            panel.spines[:].set_visible(False)
            if (model, condition) in groups:
                _draw_plane(panel, groups[model, condition], colours, style)
    return figure


def _draw_plane(panel: Axes, rows: pd.DataFrame, colours: np.ndarray, style: Style) -> None:
    decided = rows[rows["class"].notna()]
    classes = decided.pivot_table("class", "y", "x")
    margins = decided.pivot_table("margin", "y", "x").to_numpy()
    strength = np.clip(margins / np.quantile(margins, 0.9), 0, 1) if margins.max() > 0 else margins
    white = (FADED * (1 - strength))[..., None]
    picture = colours[classes.to_numpy().astype(int)] * (1 - white) + white
    across, up = classes.columns.to_numpy(dtype=float), classes.index.to_numpy(dtype=float)
    ends = (across.min(), across.max(), up.min(), up.max())
    panel.imshow(picture, origin="lower", extent=ends, interpolation="nearest")
    for label in np.unique(classes):
        inside = classes == label
        panel.contour(across, up, inside, levels=[0.5], colors="black", linewidths=0.3)
    images = rows[rows["image"].notna()]
    panel.scatter(images["x"], images["y"], s=34, color="white", edgecolor="black", linewidth=0.5)
    size = style.font_size - 2
    for x, y, label in images[["x", "y", "image"]].itertuples(index=False):
        panel.text(x, y - 0.01, f"{label:g}", ha="center", va="center", fontsize=size)
    panel.set(xlim=ends[:2], ylim=ends[2:])
