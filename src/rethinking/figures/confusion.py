"""What students say where their teachers say what."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.style import Style, panel_grid
from rethinking.names.labels import kind_label
from rethinking.transfers.kind import main_rows


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw a panel for each model and kind of images: network students of hard labels.

    Args:
        table: As ``rethinking.transfers.tables.confusion_table`` gives it.
        style: Sizes.
        labels: Of models.
    """
    rows = main_rows(table)
    rows = rows[(rows["labels"] == "hard") & (rows["source"] == "trained")]
    groups = list(rows.groupby(["model", "images", "n2"], sort=False))
    figure, panels = panel_grid(max(1, len(groups)), style)
    image = None
    for panel, ((model, images, n2), one) in zip(panels, groups, strict=False):
        square = one.pivot_table(values="share", index="teacher", columns="student")
        edge = square.shape[1] + 0.5
        image = panel.imshow(
            100 * square,
            cmap="Blues",
            vmin=0,
            vmax=100,
            extent=(0.5, edge, square.shape[0] + 0.5, 0.5),
        )
        panel.grid(visible=False)
        panel.set_xticks([1, square.shape[1]])
        panel.set_yticks([1, square.shape[0]])
        panel.set_title(f"{labels[str(model)]}\n{kind_label(str(images))}, $n_2 = {n2}$")
    if image is not None:
        figure.colorbar(image, ax=panels, label="share of the teacher's class (%)", shrink=0.7)
    figure.supxlabel("class of the student (rank by the teacher)", fontsize=style.font_size)
    figure.supylabel("class of the teacher (rank)", fontsize=style.font_size)
    return figure
