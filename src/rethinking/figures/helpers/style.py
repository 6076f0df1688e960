"""One look for all figures.

A figure is a module of ``rethinking.figures`` with a function ``draw``, which returns a matplotlib
Figure. Its arguments are the ``table`` of results that the config names, by default a summary as
``rethinking.analysis.summaries.summary_table`` returns it; the ``style``; the ``labels`` of models,
references and data sets by name; and, as keywords, the options of the figure.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rethinking.files import replacing
from rethinking.names.condition import UNTRAINED, parse_condition

# They differ in hue for most colour-blind readers, in lightness on grey prints, and in shape.
MODEL_COLOURS = (
    "#1b3a6b", "#d1702e", "#4d9c8b", "#8c4a86", "#7a7a7a", "#c2a83e", "#5aa2d6", "#3b3b3b",
)  # fmt: skip
MODEL_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 3)))
# Shades for corruptions of pixels, of one hue that no level of label noise has.
PIXEL_COLOURS = ("#e08a9c", "#c23b5a", "#6e1029")
# Reference functions are grey, so that no network looks like them.
REFERENCES: Mapping[str, dict[str, Any]] = {
    "nearest_neighbour": {"color": "#000000", "linestyle": (0, (4, 1.5)), "marker": "x"},
    "shepard": {"color": "#6a6a6a", "linestyle": (0, (4, 1, 1, 1)), "marker": "+"},
    "white_noise": {"color": "#9a9a9a", "linestyle": (0, (1, 1.5)), "marker": "1"},
}
UNTRAINED_LOOK = {"color": "#000000", "linestyle": ":"}
# The largest number of panels in a row.
COLUMNS = 3
# The distance between networks with the same abscissa, so that their intervals do not overlap.
APART = 0.014


@dataclass(frozen=True)
class Style:
    """Sizes of figures, from the config."""

    width: float  # of a figure of full width, in inches
    font_size: float  # in points
    png_dpi: int  # dots per inch in PNG files


@contextmanager
def styled(style: Style) -> Iterator[None]:
    """Use the look of the paper within the block, whatever matplotlibrc sets."""
    settings: Any = {
        "figure.dpi": style.png_dpi,
        "font.family": "STIXGeneral",
        "mathtext.fontset": "stix",
        "font.size": style.font_size,
        "axes.titlesize": style.font_size,
        "axes.labelsize": style.font_size,
        "xtick.labelsize": style.font_size - 1,
        "ytick.labelsize": style.font_size - 1,
        "legend.fontsize": style.font_size - 1,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "axes.grid": True,
        "grid.color": "#e4e4e4",
        "grid.linewidth": 0.5,
        "axes.axisbelow": True,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "lines.linewidth": 1.1,
        "lines.markersize": 4,
        "pdf.fonttype": 42,
        "savefig.dpi": style.png_dpi,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def literal(text: str) -> str:
    """Escape a name for matplotlib, which reads text between dollar signs as mathematics."""
    return text.replace("$", r"\$")


def drawn_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Escape the labels of models, references and data sets for matplotlib."""
    return {name: literal(label) for name, label in labels.items()}


def grid(
    rows: int, columns: int, size: tuple[float, float], **sharing: Any
) -> tuple[Figure, NDArray[Any]]:
    """A figure with rows×columns panels; its size is in inches, ``sharing`` as of matplotlib."""
    return plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained", **sharing)


def panel_grid(count: int, style: Style) -> tuple[Figure, list[Axes]]:
    """A figure with a number of panels that share their axes."""
    columns = min(count, COLUMNS)
    rows = math.ceil(count / columns)
    size = (style.width, (0.12 + 0.31 * rows) * style.width)
    figure, axes = grid(rows, columns, size, sharex=True, sharey=True)
    for panel in axes.flat[count:]:
        panel.set_visible(False)
    return figure, list(axes.flat[:count])


def save(figure: Figure, pdf: Path, png: Path) -> None:
    """Write a figure as PDF and PNG, with reproducible bytes."""
    with replacing(pdf) as temporary:
        figure.savefig(temporary, metadata={"CreationDate": None})
    with replacing(png) as temporary:
        figure.savefig(temporary)


def condition_looks(conditions: list[str]) -> dict[str, dict[str, Any]]:
    """Colour and line of each condition, in order: dark to light label noise, others broken."""
    noise = {name: parse_condition(name).label_noise for name in conditions}
    levels = sorted({level for level in noise.values() if level is not None})
    shades = mpl.colormaps["viridis"](np.linspace(0, 1, len(levels) + 3)[1:-2]).tolist()
    ramp = dict(zip(levels, shades, strict=True))
    others = zip(cycle(PIXEL_COLOURS), cycle(DASHES[1:]), strict=False)
    looks: dict[str, dict[str, Any]] = {}
    for name, level in noise.items():
        if name == UNTRAINED:
            looks[name] = UNTRAINED_LOOK
        elif level is not None:
            looks[name] = {"color": ramp[level], "linestyle": "-"}
        else:
            colour, line = next(others)
            looks[name] = {"color": colour, "linestyle": line}
    return looks


def model_looks(models: list[str]) -> Mapping[str, dict[str, Any]]:
    """Colour, marker and line of each model."""
    looks = zip(models, cycle(MODEL_COLOURS), cycle(MODEL_MARKERS), cycle(DASHES), strict=False)
    return {
        model: {"color": colour, "marker": marker, "linestyle": line}
        for model, colour, marker, line in looks
    }
