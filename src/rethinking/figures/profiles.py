"""A metric along a distance or a frequency, for each network and condition."""

from collections.abc import Mapping
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import add_legend, draw_band, set_plain_ticks
from rethinking.figures.helpers.style import REFERENCES, Style, condition_looks, panel_grid
from rethinking.names.labels import condition_label, in_order

# The kind of experiment that it shows.
KIND = "networks"
COORDINATES = {
    "distance": "$\\epsilon$ (distances between nearest neighbours)",
    "frequency": "frequency (cycles per distance between nearest neighbours)",
}


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

    Grey lines without bands are reference functions that fit the noisiest labels.

    Args:
        table: A table of ``rethinking.networks.tables.profiles_table``.
        style: The sizes.
        labels: The labels of models and references.
        metric: A metric of the table.
        quantity: The label of the vertical axis, with its unit.
        along: The coordinate: ``distance`` or ``frequency``.
        percent: Whether the metric is a share, drawn from 0 to 100 %; else its axis is logarithmic.
    """
    factor = 100 if percent else 1
    rows = table[table["metric"] == metric]
    of_networks = rows[~rows["model"].isin(REFERENCES)]
    models = list(of_networks["model"].unique())
    looks = condition_looks(in_order(of_networks["condition"]))
    references = rows[rows["model"].isin(REFERENCES)]
    references = references[references["label_noise"] == references["label_noise"].max()]
    greys = {
        name: {key: value for key, value in REFERENCES[name].items() if key != "marker"}
        for name in references["model"].unique()
    }
    figure, panels = panel_grid(max(1, len(models)), style)
    if not models:
        panels[0].text(0.5, 0.5, "nothing to draw", ha="center", transform=panels[0].transAxes)
    for panel, model in zip(panels, models, strict=False):
        for name, grey in greys.items():
            curve = references[references["model"] == name].dropna(subset="mean").sort_values("x")
            panel.plot(curve["x"], factor * curve["mean"], **grey, linewidth=0.9)
        for condition, part in of_networks[of_networks["model"] == model].groupby("condition"):
            curve = part.dropna(subset="mean").sort_values("x")
            draw_band(panel, curve["x"], curve, looks[str(condition)], factor)
        panel.set_title(labels[model])
    names = [*map(condition_label, looks), *(labels[name] for name in greys)]
    add_legend(figure, [*looks.values(), *greys.values()], names, 4)
    first = panels[0]
    if percent:
        first.set_ylim(0, 100)
    else:
        first.set_yscale("log")
    first.set_xscale("log")
    if along == "distance":
        first.set_xticks([1 / 32, 1 / 8, 1 / 2], ["1/32", "1/8", "1/2"])
        first.minorticks_off()
    else:
        set_plain_ticks(first.xaxis)
    figure.supxlabel(COORDINATES[along], fontsize=style.font_size)
    figure.supylabel(quantity, fontsize=style.font_size)
    return figure
