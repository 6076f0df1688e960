"""Smoothness against label noise, measure by measure."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import Look, add_legend
from rethinking.figures.helpers.style import APART, REFERENCES, Style, grid, model_looks
from rethinking.names.condition import UNTRAINED

# The kind of experiment that it shows.
KIND = "networks"
# Metric, title and scale of the axis of each panel.
PANELS = (
    ("local_variation", "local variation\n(logit s.d., $\\epsilon = d/4$)", "log"),
    ("jacobian_spectral", "mean $\\|J\\|_2$\n(logit s.d. per input unit)", "log"),
    ("lipschitz_upper", "Lipschitz upper bound\n(logit s.d. per input unit)", "log"),
    ("path_norm_2", "path norm, exponent 2\n(logit s.d.)", "log"),
    ("margin_over_lipschitz_lower", "$\\gamma_{10}$ / max $\\|J\\|_2$\n(input units)", "symlog"),
    ("margin_over_path_norm_2", "$\\gamma_{10}$ / path norm\n(no unit)", "symlog"),
)
# The position of untrained networks on the axis of label noise.
UNTRAINED_AT = -0.3


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw means over seeds with 95 % intervals against p, a panel for each measure.

    Each network has a line; reference functions are grey; untrained networks are left of p = 0.
    """
    models = [name for name in table["model"].unique() if name not in REFERENCES]
    looks = dict(model_looks(models))
    looks |= {name: look for name, look in REFERENCES.items() if name in set(table["model"])}
    figure, axes = grid(2, 3, (style.width, 0.72 * style.width), sharex=True)
    at = table["label_noise"].where(table["condition"] != UNTRAINED, UNTRAINED_AT)
    rows = table.assign(at=at)[at.notna()].sort_values("at")
    untrained = UNTRAINED in set(table["condition"])
    for panel, (metric, title, scale) in zip(axes.flat, PANELS, strict=True):
        of_metric = rows[(rows["metric"] == metric) & rows["mean"].notna()]
        for index, (model, look) in enumerate(looks.items()):
            shift = 1.6 * APART * (index - (len(looks) - 1) / 2)
            _draw_line(panel, of_metric[of_metric["model"] == model], shift, look)
        if scale == "symlog":
            smallest = of_metric["mean"].abs().min()
            panel.set_yscale("symlog", linthresh=smallest if smallest > 0 else 1)
            panel.yaxis.get_major_locator().set_params(numticks=5)
            panel.axhline(0, color="black", linewidth=0.6, zorder=1)
        else:
            panel.set_yscale(scale)
        panel.set_title(title)
        if untrained:
            panel.axvline(UNTRAINED_AT / 2, color="#c0c0c0", linewidth=0.6, zorder=1)
    levels = sorted(rows["label_noise"].dropna().unique())
    ticks = [UNTRAINED_AT] * untrained + levels
    names = ["un-\ntrained"] * untrained + [f"{level:g}" for level in levels]
    axes[0][0].set_xticks(ticks, names)
    figure.supxlabel("label noise $p$", fontsize=style.font_size)
    add_legend(figure, looks.values(), [labels[name] for name in looks], 5)
    return figure


def _draw_line(panel: Axes, rows: pd.DataFrame, shift: float, look: Look) -> None:
    untrained = rows["condition"] == UNTRAINED
    for part in (rows[untrained], rows[~untrained]):
        if len(part):
            mean = part["mean"]
            ends = [(mean - part["low"]).fillna(0), (part["high"] - mean).fillna(0)]
            panel.errorbar(
                part["at"] + shift, mean, yerr=ends, capsize=1.5, elinewidth=0.7,
                linewidth=0.9, markersize=3, **look,
            )  # fmt: skip
