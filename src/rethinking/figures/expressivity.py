"""Networks that fit any labels and were never trained (Zhang et al., 2017, Theorem 1)."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rethinking.figures.helpers.style import Style, condition_looks, model_looks
from rethinking.names.labels import condition_label, function_label

# Metric, what its panel is called, and what a line stands for.
PANELS = (
    ("fit_error", "largest error / largest label", "function"),
    ("units", "units of the widest layer", "function"),
    ("lipschitz", "Lipschitz constant (classes / unit)", "condition"),
)
# To what the construction is held (``rethinking.constructions.relu_interpolant.TOLERANCE``).
PROMISE = 1e-6


def draw(table: pd.DataFrame, style: Style, _labels: Mapping[str, str]) -> Figure:
    """Draw error and width for each depth, and steepness for each condition, against n.

    Depth changes neither the function nor its steepness; errors are those on random labels where
    these were fitted.

    Args:
        table: A summary, as ``rethinking.analysis.summaries.summary_table`` gives it.
        style: Sizes.
        _labels: Not used; there is no model.
    """
    conditions = list(table["condition"].unique())
    functions = list(table["function"].unique())
    looks = {"function": model_looks(functions), "condition": condition_looks(conditions)}
    fixed = {"function": ("condition", conditions[-1]), "condition": ("function", functions[0])}
    figure, axes = plt.subplots(
        1, 3, figsize=(style.width, 0.42 * style.width), layout="constrained"
    )
    for panel, (metric, title, by) in zip(axes, PANELS, strict=True):
        column, value = fixed[by]
        shown = table[(table["metric"] == metric) & (table[column] == value)]
        for name, curve in shown.groupby(by, sort=False):
            look = {"marker": "x"} | looks[by][str(name)]
            panel.plot(curve["images"], curve["mean"], **look)
            panel.vlines(curve["images"], curve["low"], curve["high"], color=look["color"], lw=0.8)
        if metric == "fit_error":
            panel.axhline(PROMISE, color="#808080", linewidth=0.8, linestyle="--")
        panel.set(xscale="log", yscale="log", ylabel=title)
    figure.supxlabel("images $n$", fontsize=style.font_size)
    every = {**looks["function"], **looks["condition"]}
    handles = [Line2D([], [], **({"marker": "x"} | look)) for look in every.values()]
    names = [*map(function_label, functions), *map(condition_label, conditions)]
    figure.legend(handles, names, loc="outside upper center", ncols=5)
    return figure
