"""Sensitivity to the frequencies of an image (after the heat maps of Yin et al., 2019)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import set_plain_ticks
from rethinking.figures.helpers.style import REFERENCES, Style, grid
from rethinking.names.labels import condition_label, in_order

# The kind of experiment that it shows.
KIND = "networks"
LARGEST_PANEL = 1.1  # inches


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw the sensitivity to each frequency over its mean, by network and condition.

    There is a column for each network and a row for each condition. Frequency zero is in the
    centre. The table is one of ``rethinking.networks.tables.profiles_table``.
    """
    shown = (table["metric"] == "image_sensitivity") & ~table["model"].isin(REFERENCES)
    rows = table[shown & table["x"].notna()]
    models, conditions = list(rows["model"].unique()), in_order(rows["condition"])
    side = min(style.width / (len(models) + 0.8), LARGEST_PANEL)
    size = (style.width, side * (len(conditions) + 0.6))
    figure, axes = grid(len(conditions), len(models), size, sharex=True, sharey=True)
    maps = {
        keys: part.pivot_table("mean", "y", "x", dropna=False)
        for keys, part in rows[rows["mean"].notna()].groupby(["model", "condition"])
    }
    # A constant or diverged network has no map.
    relative = {
        keys: heat / heat.to_numpy().mean()
        for keys, heat in maps.items()
        if (heat > 0).any(axis=None)
    }
    # The scale is symmetric about the mean.
    values = np.concatenate([[1.1], *(heat.to_numpy().ravel() for heat in relative.values())])
    reach = np.abs(np.log(values[values > 0])).max()
    norm = LogNorm(np.exp(-reach), np.exp(reach))
    image = None
    for model, panel in zip(models, axes[0], strict=True):
        panel.set_title(labels[model])
    for condition, panels in zip(conditions, axes, strict=True):
        panels[0].set_ylabel(condition_label(condition).replace(" (", "\n("))
        for model, panel in zip(models, panels, strict=True):
            panel.grid(visible=False)
            if (model, condition) in relative:
                heat = relative[model, condition]
                extent = (*_edges(heat.columns), *_edges(heat.index))
                image = panel.imshow(heat, norm=norm, cmap="viridis", origin="lower", extent=extent)
            panel.set(xticks=[-0.5, 0], yticks=[-0.5, 0])
    figure.supxlabel("horizontal frequency (cycles per pixel)", fontsize=style.font_size)
    figure.supylabel("vertical frequency (cycles per pixel)", fontsize=style.font_size)
    if image is not None:
        bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=30, pad=0.01)
        bar.set_label("sensitivity / its mean")
        set_plain_ticks(bar.ax.yaxis)
    return figure


def _edges(frequencies: pd.Index) -> tuple[float, float]:
    """The outer edges of an axis whose cells lie around frequencies."""
    half = 0.5 / len(frequencies)
    return frequencies[0] - half, frequencies[-1] + half
