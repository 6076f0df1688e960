"""Norm against error of solutions of least norm, and the convergence of SGD to them."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import Look, add_legend, rows_with
from rethinking.figures.helpers.style import Style, grid, model_looks
from rethinking.names.labels import function_label

# The kind of experiment that it shows.
KIND = "constructions"
STARTS = {"sgd_from_zero": ("from zero", "-"), "sgd_from_elsewhere": ("from elsewhere", "--")}


def draw(table: pd.DataFrame, style: Style, _labels: Mapping[str, str]) -> Figure:
    """Draw norm against test error for each kernel and penalty, and SGD's distance by epoch."""
    figure, ((left, right),) = grid(1, 2, (style.width, 0.5 * style.width))
    looks = _draw_norms(table, left)
    _draw_distances(table, right)
    add_legend(figure, looks.values(), map(function_label, looks), 3, "outside upper left")
    return figure


def _draw_norms(table: pd.DataFrame, panel: Axes) -> Mapping[str, Look]:
    """Draw a line through the penalties of each kernel, with the least penalty filled.

    Returns:
        The look of each kernel.
    """
    solved = table[table["l2"].notna() & (table["condition"] == "true_labels")]
    solved = solved[solved["images"] == solved["images"].max()]
    looks = model_looks(list(solved["function"].unique()))
    for name, rows in solved.groupby("function", sort=False):
        look = looks[str(name)]
        norm, accuracy = (
            rows[rows["metric"] == metric].set_index("l2")[["mean", "low", "high"]].sort_index()
            for metric in ("norm", "test_accuracy")
        )
        error = 100 * (1 - accuracy)
        panel.plot(norm["mean"], error["mean"], **look, mfc="white")
        panel.hlines(error["mean"], norm["low"], norm["high"], color=look["color"], lw=0.8)
        panel.vlines(norm["mean"], error["high"], error["low"], color=look["color"], lw=0.8)
        least = norm.index.min()
        panel.plot(norm["mean"][least], error["mean"][least], **look)
    panel.set(xscale="log", xlabel="norm of the solution", ylabel="test error (%)")
    panel.set_ylim(bottom=0)
    return looks


def _draw_distances(table: pd.DataFrame, panel: Axes) -> None:
    curves = table[table["metric"] == "distance_to_min_norm"]
    # The problem does not depend on labels: all conditions have the same curve.
    curves = curves[curves["condition"] == curves["condition"].iloc[0]]
    # Lines are black because colours stand for kernels.
    for name, (label, line) in STARTS.items():
        curve = rows_with(curves, {"function": name})
        panel.plot(curve["x"], curve["mean"], label=label, color="black", linestyle=line)
        panel.fill_between(curve["x"], curve["low"], curve["high"], color="black", alpha=0.2, lw=0)
    panel.set(yscale="log", xlabel="epoch", ylabel="distance of SGD / norm of the solution")
    panel.legend(loc="best")
