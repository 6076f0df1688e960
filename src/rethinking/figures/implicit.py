"""Norm against error of solutions of least norm, and how SGD finds them."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rethinking.figures.helpers.style import Style, model_looks
from rethinking.names.labels import function_label

STARTS = {"sgd_from_zero": "from zero", "sgd_from_elsewhere": "from elsewhere"}


def draw(table: pd.DataFrame, style: Style, _labels: Mapping[str, str]) -> Figure:
    """Draw norm against test error for each kernel and penalty, and the distance of SGD by epoch.

    Args:
        table: A summary, as ``rethinking.analysis.summaries.summary_table`` gives it.
        style: Sizes.
        _labels: Not used; there is no model.
    """
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(style.width, 0.5 * style.width), layout="constrained"
    )
    looks = _norms(table, left)
    _distances(table, right)
    handles = [Line2D([], [], **look) for look in looks.values()]
    names = [function_label(name) for name in looks]
    figure.legend(handles, names, loc="outside upper left", ncols=3)
    return figure


def _norms(table: pd.DataFrame, panel: Axes) -> Mapping[str, dict[str, Any]]:
    """A line along the penalties for each kernel; the least penalty is filled.

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


def _distances(table: pd.DataFrame, panel: Axes) -> None:
    curves = table[table["metric"] == "distance_to_min_norm"]
    # The problem knows no labels: it is the same under all conditions.
    curves = curves[curves["condition"] == curves["condition"].iloc[0]]
    # Black: the colours are those of kernels.
    for (name, label), style in zip(STARTS.items(), ("-", "--"), strict=True):
        curve = curves[curves["function"] == name]
        panel.plot(curve["x"], curve["mean"], label=label, color="black", linestyle=style)
        panel.fill_between(curve["x"], curve["low"], curve["high"], color="black", alpha=0.2, lw=0)
    panel.set(yscale="log", xlabel="epoch", ylabel="distance of SGD / norm of the solution")
    panel.legend(loc="best")
