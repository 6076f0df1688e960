"""Marks, legends and ticks that several figures share."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

Look = Mapping[str, Any]


def rows_with(table: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """The rows with the given values, by column."""
    for column, value in values.items():
        table = table[table[column] == value]
    return table


def draw_band(panel: Axes, x: pd.Series, rows: pd.DataFrame, look: Look, factor: float = 1) -> None:
    """Draw means as a line and their 95 % intervals, where there are any, as a band."""
    panel.plot(x, factor * rows["mean"], **look)
    low, high = (factor * rows[end].fillna(rows["mean"]) for end in ("low", "high"))
    panel.fill_between(x, low, high, color=look["color"], alpha=0.18, linewidth=0)


def draw_interval(
    panel: Axes,
    rows: pd.DataFrame,
    y: float,
    look: Look,
    factor: float = 1,
    size: float | None = None,
) -> None:
    """Draw the first mean, if there is one, as a marker at y, and its 95 % interval as a line."""
    for row in rows[rows["mean"].notna()].head(1).to_dict("records"):
        mean, low, high = (factor * row[end] for end in ("mean", "low", "high"))
        panel.plot(mean, y, color=look["color"], marker=look["marker"], markersize=size)
        panel.plot([low, high], [y, y], color=look["color"], linewidth=0.8)


def interval_look(look: Look) -> Look:
    """The look of the marks of :func:`draw_interval` in a legend."""
    return {"color": look["color"], "marker": look["marker"], "linewidth": 0.8}


def add_legend(
    figure: Figure,
    looks: Iterable[Look],
    labels: Iterable[str],
    columns: int,
    place: Literal["outside upper center", "outside upper left"] = "outside upper center",
) -> None:
    """Add a legend of lines and markers."""
    handles = [Line2D([], [], **look) for look in looks]
    figure.legend(handles, list(labels), loc=place, ncols=columns)


def set_plain_ticks(axis: Axis) -> None:
    """Label a logarithmic axis at 1, 2 and 5 times powers of ten, by plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())
