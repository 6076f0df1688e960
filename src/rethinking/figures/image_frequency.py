"""Which frequencies of an image move the output (after the heat maps of Yin et al., 2019)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from rethinking.figures.helpers.style import REFERENCES, Style
from rethinking.names.labels import condition_label, in_order

LARGEST_PANEL = 1.1  # inches


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw the sensitivity to each frequency over its mean: a column a network, a row a condition.

    Frequency zero is in the middle.

    Args:
        table: Profiles, as ``rethinking.networks.tables.profiles_table`` gives them.
        style: Sizes.
        labels: Of models.
    """
    shown = (table["metric"] == "image_sensitivity") & ~table["model"].isin(REFERENCES)
    rows = table[shown & table["x"].notna()]
    models, conditions = list(rows["model"].unique()), in_order(rows["condition"])
    side = min(style.width / (len(models) + 0.8), LARGEST_PANEL)
    figure, axes = plt.subplots(
        len(conditions),
        len(models),
        figsize=(style.width, side * (len(conditions) + 0.6)),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    maps = {
        keys: part.pivot_table("mean", "y", "x", dropna=False)
        for keys, part in rows[rows["mean"].notna()].groupby(["model", "condition"])
    }
    # A network that nothing moves, or that diverged, has no map.
    relative = {
        keys: heat / heat.to_numpy().mean()
        for keys, heat in maps.items()
        if (heat > 0).any(axis=None)
    }
    # The same above as below the mean.
    values = np.concatenate([[1.1], *(heat.to_numpy().ravel() for heat in relative.values())])
    reach = np.abs(np.log(values[values > 0])).max()
    norm = LogNorm(np.exp(-reach), np.exp(reach))
    image = None
    for row, condition in enumerate(conditions):
        axes[row][0].set_ylabel(condition_label(condition).replace(" (", "\n("))
        for column, model in enumerate(models):
            panel = axes[row][column]
            panel.grid(visible=False)
            if row == 0:
                panel.set_title(labels[model])
            if (model, condition) in relative:
                heat = relative[model, condition]
                steps = [0.5 / len(axis) for axis in (heat.columns, heat.index)]
                image = panel.imshow(
                    heat,
                    norm=norm,
                    cmap="viridis",
                    origin="lower",
                    extent=(
                        heat.columns[0] - steps[0], heat.columns[-1] + steps[0],
                        heat.index[0] - steps[1], heat.index[-1] + steps[1],
                    ),
                )  # fmt: skip
            panel.set(xticks=[-0.5, 0], yticks=[-0.5, 0])
    figure.supxlabel("horizontal frequency (cycles per pixel)", fontsize=style.font_size)
    figure.supylabel("vertical frequency (cycles per pixel)", fontsize=style.font_size)
    if image is not None:
        bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=30, pad=0.01)
        bar.set_label("sensitivity / its mean")
        bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        bar.ax.yaxis.set_major_formatter("{x:g}")
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    return figure
