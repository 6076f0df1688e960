"""A few images as each condition leaves them."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rethinking.figures.helpers.style import Style, literal
from rethinking.names.condition import parse_condition
from rethinking.names.labels import condition_label, in_order

LARGEST_BYTE = 255
# Width of a letter, in sizes of the font.
LETTER = 0.5


def draw(table: pd.DataFrame, style: Style, _labels: Mapping[str, str]) -> Figure:
    """Draw a column for each condition and a row for each image, with its label below.

    Under label noise, a label that is not the true one is printed in bold between asterisks.
    Values outside of [0, 255] are drawn as the nearest that a screen can show.

    Args:
        table: What ``rethinking.networks.examples`` writes.
        style: Sizes.
        _labels: Not used; it shows no model.
    """
    conditions = in_order(table["condition"])
    images = sorted(table["image"].unique())
    side, line = style.width / len(conditions), style.font_size / 72
    figure, axes = plt.subplots(
        len(images),
        len(conditions),
        figsize=(style.width, len(images) * (side + 2 * line) + 5 * line),
        squeeze=False,
        layout="constrained",
    )
    letters = max(2, int(side / (LETTER * line)) - 2)
    groups = dict(iter(table.groupby(["condition", "image"])))
    for column, condition in enumerate(conditions):
        axes[0][column].set_title(_broken(condition_label(condition)))
        for row, image in enumerate(images):
            shown = groups[condition, image]
            panel = axes[row][column]
            panel.imshow(_pixels(shown), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            label, true_label = shown[["label", "true_label"]].iloc[0]
            # An image that was made up has no true label.
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
    """A label in short lines: a column is narrow."""
    words, bracket, level = label.partition(" (")
    return words.replace(" ", "\n") + bracket.replace(" ", "\n") + level


def _pixels(rows: pd.DataFrame) -> NDArray[np.float64]:
    """One image, height×width(×3), in [0, 1]."""
    shape = tuple(rows[axis].max() + 1 for axis in ("channel", "row", "column"))
    values = np.zeros(shape)
    values[rows["channel"], rows["row"], rows["column"]] = rows["value"]
    image = np.clip(values / LARGEST_BYTE, 0, 1).transpose(1, 2, 0)
    return image if shape[0] == 3 else image[:, :, 0]
