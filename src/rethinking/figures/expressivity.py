"""Networks that fit any labels without training (Zhang et al., 2017, Theorem 1)."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import add_legend, rows_with
from rethinking.figures.helpers.style import Style, condition_looks, grid, model_looks
from rethinking.names.labels import condition_label, function_label

# The kind of experiment that it shows.
KIND = "constructions"
# Metric, title of the panel, and the column that distinguishes lines.
PANELS = (
    ("fit_error", "largest error / largest label", "function"),
    ("units", "units of the widest layer", "function"),
    ("lipschitz", "Lipschitz constant (classes / unit)", "condition"),
)
# The tolerance of the construction (``rethinking.constructions.relu_interpolant.TOLERANCE``).
PROMISE = 1e-6


def draw(table: pd.DataFrame, style: Style, _labels: Mapping[str, str]) -> Figure:
    """Draw error and width for each depth, and steepness for each condition, against n.

    Depth changes neither the function nor its steepness. Errors are on random labels, where these
    were fitted.
    """
    conditions = list(table["condition"].unique())
    functions = list(table["function"].unique())
    looks = {"function": model_looks(functions), "condition": condition_looks(conditions)}
    fixed = {"function": {"condition": conditions[-1]}, "condition": {"function": functions[0]}}
    figure, (panels,) = grid(1, 3, (style.width, 0.42 * style.width))
    for panel, (metric, title, by) in zip(panels, PANELS, strict=True):
        for name, curve in rows_with(table, {"metric": metric} | fixed[by]).groupby(by, sort=False):
            look = {"marker": "x"} | looks[by][str(name)]
            panel.plot(curve["images"], curve["mean"], **look)
            panel.vlines(curve["images"], curve["low"], curve["high"], color=look["color"], lw=0.8)
        if metric == "fit_error":
            panel.axhline(PROMISE, color="#808080", linewidth=0.8, linestyle="--")
        panel.set(xscale="log", yscale="log", ylabel=title)
    figure.supxlabel("images $n$", fontsize=style.font_size)
    every = [{"marker": "x"} | look for by in looks.values() for look in by.values()]
    names = [*map(function_label, functions), *map(condition_label, conditions)]
    add_legend(figure, every, names, 5)
    return figure
