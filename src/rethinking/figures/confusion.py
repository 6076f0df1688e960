"""The classes of students by the classes of their teachers."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import rows_with
from rethinking.figures.helpers.style import Style, panel_grid
from rethinking.names.labels import kind_label
from rethinking.transfers.kind import main_rows

# The kind of experiment that it shows.
KIND = "transfers"


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw a panel for each model and kind of images: network students of hard labels.

    The table is one of ``rethinking.transfers.tables.confusion_table``.
    """
    rows = rows_with(main_rows(table), {"labels": "hard", "source": "trained"})
    groups = list(rows.groupby(["model", "images", "n2"], sort=False))
    figure, panels = panel_grid(max(1, len(groups)), style)
    image = None
    for panel, ((model, images, n2), group) in zip(panels, groups, strict=False):
        shares = 100 * group.pivot_table(values="share", index="teacher", columns="student")
        teachers, students = shares.shape
        extent = (0.5, students + 0.5, teachers + 0.5, 0.5)
        image = panel.imshow(shares, cmap="Blues", vmin=0, vmax=100, extent=extent)
        panel.grid(visible=False)
        panel.set(xticks=[1, students], yticks=[1, teachers])
        panel.set_title(f"{labels[str(model)]}\n{kind_label(str(images))}, $n_2 = {n2}$")
    if image is not None:
        figure.colorbar(image, ax=panels, label="share of the teacher's class (%)", shrink=0.7)
    figure.supxlabel("class of the student (rank by the teacher)", fontsize=style.font_size)
    figure.supylabel("class of the teacher (rank)", fontsize=style.font_size)
    return figure
