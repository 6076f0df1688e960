"""How agreement beyond chance grows with the images that a student gets."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from rethinking.figures.helpers.style import Style, model_looks
from rethinking.names.labels import kind_label

# Source, labels and learner of each line, and what it is called.
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

    A column for each group of teachers whose students have several numbers of images.

    Args:
        table: A summary, as ``rethinking.analysis.summaries.summary_table`` gives it.
        style: Sizes.
        labels: Of models.
    """
    rows = table[(table["metric"] == "kappa") & table["test"].isin(TESTS) & (table["n2"] > 0)]
    rows = rows[rows.groupby([*GROUP, "student_images"])["n2"].transform("nunique") > 1]
    groups = list(rows[GROUP].drop_duplicates().itertuples(index=False, name=None))
    looks = dict(zip(LINES, model_looks([str(one) for one in LINES]).values(), strict=True))
    figure, axes = plt.subplots(
        2,
        max(1, len(groups)),
        figsize=(style.width, 0.66 * style.width),
        sharex="col",
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    if not groups:
        axes[0][0].text(0.5, 0.5, "one number of images only", ha="center")
    for column, group in zip(axes.T, groups, strict=False):
        model, images, n1 = group
        of_group = rows[
            (rows[GROUP] == pd.Series(dict(zip(GROUP, group, strict=True)))).all(axis=1)
        ]
        for panel, test in zip(column, TESTS, strict=True):
            for line, look in looks.items():
                keys = ["source", "labels", "learner", "test"]
                wanted = pd.Series(dict(zip(keys, (*line, test), strict=True)))
                of_line = of_group[(of_group[keys] == wanted).all(axis=1)]
                known = of_line[of_line["mean"].notna()].sort_values("n2")
                at = known["n2"] / n1
                panel.plot(at, known["mean"], **look)
                low, high = (known[end].fillna(known["mean"]) for end in ("low", "high"))
                panel.fill_between(at, low, high, color=look["color"], alpha=0.18, linewidth=0)
            panel.set_xscale("log")
            panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            panel.xaxis.set_minor_formatter(NullFormatter())
            panel.axhline(0, color="black", linewidth=0.6, zorder=1)
        column[0].set_title(f"{labels[model]}\n{kind_label(images)}\n$n_1 = {n1}$")
    for row, name in zip(axes, TESTS.values(), strict=True):
        row[0].set_ylabel(f"$\\kappa$ on {name}")
    figure.supxlabel(
        "images of a student over images of its teacher, $n_2 / n_1$", fontsize=style.font_size
    )
    handles = [Line2D([], [], **look) for look in looks.values()]
    figure.legend(handles, list(LINES.values()), loc="outside upper center", ncols=3)
    return figure
