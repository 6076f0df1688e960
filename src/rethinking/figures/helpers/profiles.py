"""A metric along a coordinate, for each network and condition."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rethinking.figures.helpers.style import REFERENCES, Style, condition_looks, panel_grid
from rethinking.names.labels import condition_label, in_order


def draw_profiles(
    table: pd.DataFrame, metric: str, factor: float, style: Style, labels: Mapping[str, str]
) -> tuple[Figure, list[Axes]]:
    """Draw a panel for each network: a line for each condition, a band over seeds.

    In grey, in each panel and without a band, what fits the noisiest labels without a network.

    Args:
        table: Profiles, as ``rethinking.networks.tables.profiles_table`` gives them.
        metric: Which of them.
        factor: What to multiply it by.
        style: Sizes.
        labels: What to call models and references.

    Returns:
        The figure and its panels in use.
    """
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
    return figure, panels


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
