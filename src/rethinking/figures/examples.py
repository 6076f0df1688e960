"""A few images under each condition."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rethinking.figures.helpers.style import Style, grid, literal
from rethinking.names.condition import parse_condition
from rethinking.names.labels import condition_label, in_order

# The kind of experiment that it shows.
KIND = "networks"
LARGEST_BYTE = 255
# The width of a letter, in font sizes.
LETTER = 0.5


def draw(table: pd.DataFrame, style: Style, _labels: Mapping[str, str]) -> Figure:
    """Draw a column for each condition and a row for each image, with its label below.

    Under label noise, a wrong label is printed in bold between asterisks. Pixel values outside
    [0, 255] are clipped. The table is one of ``rethinking.networks.examples``.
    """
    conditions = in_order(table["condition"])
    images = sorted(table["image"].unique())
    side, line = style.width / len(conditions), style.font_size / 72
    size = (style.width, len(images) * (side + 2 * line) + 5 * line)
    figure, axes = grid(len(images), len(conditions), size)
    letters = max(2, int(side / (LETTER * line)) - 2)
    groups = dict(iter(table.groupby(["condition", "image"])))
    for condition, panels in zip(conditions, axes.T, strict=True):
        panels[0].set_title(_broken(condition_label(condition)))
        for image, panel in zip(images, panels, strict=True):
            rows = groups[condition, image]
            panel.imshow(_pixels(rows), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            label, true_label = rows[["label", "true_label"]].iloc[0]
            # A synthetic image has no true label.
            wrong = label != true_label and parse_condition(condition).label_noise is not None
            short = label if len(label) <= letters else f"{label[: letters - 1]}…"
            panel.set_xlabel(
                literal(f"*{short}*" if wrong else short),
                fontweight="bold" if wrong else "normal",
                labelpad=2,
            )
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
    return figure


def _broken(label: str) -> str:
    """A label in short lines, because columns are narrow."""
    words, bracket, level = label.partition(" (")
    return words.replace(" ", "\n") + bracket.replace(" ", "\n") + level


def _pixels(rows: pd.DataFrame) -> NDArray[np.float64]:
    """One image, height×width(×3), in [0, 1]."""
    shape = tuple(rows[axis].max() + 1 for axis in ("channel", "row", "column"))
    values = np.zeros(shape)
    values[rows["channel"], rows["row"], rows["column"]] = rows["value"]
    image = np.clip(values / LARGEST_BYTE, 0, 1).transpose(1, 2, 0)
    return image if shape[0] == 3 else image[:, :, 0]
