"""Agreement beyond chance by the number of images of a student."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import add_legend, draw_band, rows_with, set_plain_ticks
from rethinking.figures.helpers.style import Style, grid, model_looks
from rethinking.names.labels import kind_label

# The kind of experiment that it shows.
KIND = "transfers"
# Source, labels and learner of each line, and its label.
LINES = {
    ("trained", "hard", "network"): "network, hard labels",
    ("trained", "soft", "network"): "network, soft labels",
    ("trained", "hard", "linear"): "linear student",
    ("trained", "hard", "neighbours"): "$k$-nearest-neighbour student",
    ("nearest_neighbour", "hard", "network"): "1-nearest-neighbour teacher",
}
TESTS = {"fresh": "fresh images", "own": "own images\nof the teacher"}
GROUP = ["model", "images", "n1"]


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw κ against n₂/n₁, all students with equal steps; bands are 95 % intervals over teachers.

    There is a column for each group of teachers whose students have several numbers of images.
    """
    rows = table[(table["metric"] == "kappa") & table["test"].isin(TESTS) & (table["n2"] > 0)]
    rows = rows[rows.groupby([*GROUP, "student_images"])["n2"].transform("nunique") > 1]
    groups = [group for _, group in rows.groupby(GROUP, sort=False)]
    looks = model_looks(list(LINES.values()))
    size = (style.width, 0.66 * style.width)
    figure, axes = grid(2, max(1, len(groups)), size, sharex="col", sharey=True)
    if not groups:
        axes[0][0].text(0.5, 0.5, "one number of images only", ha="center")
    for column, group in zip(axes.T, groups, strict=False):
        model, images, n1 = group[GROUP].iloc[0]
        for panel, test in zip(column, TESTS, strict=True):
            for (source, kind, learner), label in LINES.items():
                keys = {"source": source, "labels": kind, "learner": learner, "test": test}
                curve = rows_with(group, keys).dropna(subset="mean").sort_values("n2")
                draw_band(panel, curve["n2"] / n1, curve, looks[label])
            panel.set_xscale("log")
            set_plain_ticks(panel.xaxis)
            panel.axhline(0, color="black", linewidth=0.6, zorder=1)
        column[0].set_title(f"{labels[model]}\n{kind_label(images)}\n$n_1 = {n1}$")
    for panel, name in zip(axes[:, 0], TESTS.values(), strict=True):
        panel.set_ylabel(f"$\\kappa$ on {name}")
    figure.supxlabel(
        "images of a student over images of its teacher, $n_2 / n_1$", fontsize=style.font_size
    )
    add_legend(figure, looks.values(), looks, 3)
    return figure
