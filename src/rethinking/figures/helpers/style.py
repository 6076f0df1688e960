"""One look for all figures."""

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

from rethinking.files import replacing
from rethinking.names.condition import UNTRAINED, parse_condition

# Apart in hue for most colour-blind readers, in lightness for a grey print, and in shape.
MODEL_COLOURS = (
    "#1b3a6b", "#d1702e", "#4d9c8b", "#8c4a86", "#7a7a7a", "#c2a83e", "#5aa2d6", "#3b3b3b",
)  # fmt: skip
MODEL_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 3)))
# Corruptions of pixels: shades of one hue that is not among those of label noise.
PIXEL_COLOURS = ("#e08a9c", "#c23b5a", "#6e1029")
# What networks are held against: greys, so that no network looks like them.
REFERENCES: Mapping[str, dict[str, Any]] = {
    "nearest_neighbour": {"color": "#000000", "linestyle": (0, (4, 1.5)), "marker": "x"},
    "shepard": {"color": "#6a6a6a", "linestyle": (0, (4, 1, 1, 1)), "marker": "+"},
    "white_noise": {"color": "#9a9a9a", "linestyle": (0, (1, 1.5)), "marker": "1"},
}
UNTRAINED_LOOK = {"color": "#000000", "linestyle": ":"}
# Panels beside each other.
COLUMNS = 3
# Networks at the same place on an axis are drawn beside each other, so that their intervals can be
# told apart.
APART = 0.014


@dataclass(frozen=True)
class Style:
    """Sizes that the config sets.

    Attributes:
        width: Of a full-width figure, in inches.
        font_size: In points.
        png_dpi: Dots an inch in PNG files.
    """

    width: float
    font_size: float
    png_dpi: int


@contextmanager
def styled(style: Style) -> Iterator[None]:
    """Draw in the look of the paper within the block, whatever matplotlibrc says."""
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
    """A name for matplotlib, which takes what stands between two dollar signs for mathematics."""
    return text.replace("$", r"\$")


def drawn_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """What figures call models and references, for the ``draw`` of each."""
    return {name: literal(label) for name, label in labels.items()}


def panel_grid(count: int, style: Style) -> tuple[Figure, list[Axes]]:
    """A figure of so many panels, with the same axes."""
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(style.width, (0.12 + 0.31 * rows) * style.width),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for panel in axes.flat[count:]:
        panel.set_visible(False)
    return figure, list(axes.flat[:count])


def save(figure: Figure, pdf: Path, png: Path) -> None:
    """Write a figure as PDF and PNG, the same bytes each time."""
    with replacing(pdf) as temporary:
        figure.savefig(temporary, metadata={"CreationDate": None})
    with replacing(png) as temporary:
        figure.savefig(temporary)


def condition_looks(conditions: list[str]) -> dict[str, dict[str, Any]]:
    """Colour and line of each condition: label noise from dark to light, the others broken.

    The looks come in the order of ``conditions``.
    """
    noise = {name: parse_condition(name).label_noise for name in conditions}
    levels = sorted({level for level in noise.values() if level is not None})
    shades = np.linspace(0, 1, len(levels) + 3)[1:-1]
    ramp = dict(zip(levels, mpl.colormaps["viridis"](shades).tolist(), strict=False))
    others = [name for name, level in noise.items() if level is None and name != UNTRAINED]
    broken = dict(
        zip(others, zip(cycle(PIXEL_COLOURS), cycle(DASHES[1:]), strict=False), strict=False)
    )
    return {
        name: {"color": ramp[level], "linestyle": "-"}
        if level is not None
        else UNTRAINED_LOOK
        if name == UNTRAINED
        else {"color": broken[name][0], "linestyle": broken[name][1]}
        for name, level in noise.items()
    }


def model_looks(models: list[str]) -> Mapping[str, dict[str, Any]]:
    """Colour, marker and line of each model."""
    looks = zip(cycle(MODEL_COLOURS), cycle(MODEL_MARKERS), cycle(DASHES), strict=False)
    return {
        model: {"color": colour, "marker": marker, "linestyle": line}
        for model, (colour, marker, line) in zip(models, looks, strict=False)
    }
