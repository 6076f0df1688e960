"""A metric along a distance or a frequency, for each network and condition."""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from rethinking.figures.helpers.style import REFERENCES, Style, condition_looks, panel_grid
from rethinking.names.labels import condition_label, in_order


def draw(
    table: pd.DataFrame,
    style: Style,
    labels: Mapping[str, str],
    *,
    metric: str,
    quantity: str,
    along: Literal["distance", "frequency"],
    percent: bool = False,
) -> Figure:
    """Draw a panel for each network: a line for each condition, a 95 % band over seeds.

    In grey, in each panel and without a band: reference functions that fit the noisiest labels.

    Args:
        table: Profiles, as ``rethinking.networks.tables.profiles_table`` gives them.
        style: Sizes.
        labels: Of models and references.
        metric: A metric of the table.
        quantity: The label of the vertical axis, with its unit.
        along: The coordinate: ``distance`` or ``frequency``.
        percent: Whether the metric is a share, drawn from 0 to 100 %; else its axis is logarithmic.
    """
    factor = 100 if percent else 1
    rows = table[table["metric"] == metric]
    networks = rows[~rows["model"].isin(REFERENCES)]
    models = list(networks["model"].unique())
    looks = condition_looks(in_order(networks["condition"]))
    figure, panels = panel_grid(max(1, len(models)), style)
    if not models:
        panels[0].text(0.5, 0.5, "nothing to draw", ha="center", transform=panels[0].transAxes)
    references = _noisiest(rows[rows["model"].isin(REFERENCES)])
    for panel, model in zip(panels, models, strict=False):
        for name, of_reference in references.groupby("model", sort=False):
            look = {k: value for k, value in REFERENCES[str(name)].items() if k != "marker"}
            known = of_reference[of_reference["mean"].notna()].sort_values("x")
            panel.plot(known["x"], factor * known["mean"], **look, linewidth=0.9)
        for condition, part in networks[networks["model"] == model].groupby("condition"):
            _draw_line(panel, part, factor, looks[str(condition)])
        panel.set_title(labels[model])
    handles = [Line2D([], [], **look) for look in looks.values()]
    names = [condition_label(condition) for condition in looks]
    for name in references["model"].unique():
        look = {k: value for k, value in REFERENCES[name].items() if k != "marker"}
        handles.append(Line2D([], [], **look))
        names.append(labels[name])
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    if percent:
        panels[0].set_ylim(0, 100)
    else:
        panels[0].set_yscale("log")
    name = _name_distances(panels[0]) if along == "distance" else _name_frequencies(panels[0])
    figure.supxlabel(name, fontsize=style.font_size)
    figure.supylabel(quantity, fontsize=style.font_size)
    return figure


def _name_distances(panel: Axes) -> str:
    panel.set_xscale("log")
    panel.set_xticks([1 / 32, 1 / 8, 1 / 2], ["1/32", "1/8", "1/2"])
    panel.minorticks_off()
    return "$\\epsilon$ (distances between nearest neighbours)"


def _name_frequencies(panel: Axes) -> str:
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter(NullFormatter())
    return "frequency (cycles per distance between nearest neighbours)"


def _noisiest(references: pd.DataFrame) -> pd.DataFrame:
    noisiest: pd.DataFrame = references[
        references["label_noise"] == references["label_noise"].max()
    ]
    return noisiest


def _draw_line(panel: Axes, rows: pd.DataFrame, factor: float, look: Mapping[str, Any]) -> None:
    known = rows[rows["mean"].notna()].sort_values("x")
    panel.plot(known["x"], factor * known["mean"], **look)
    low, high = (factor * known[end].fillna(known["mean"]) for end in ("low", "high"))
    panel.fill_between(known["x"], low, high, color=look["color"], alpha=0.18, linewidth=0)
