"""Agreement of students with their teachers, beside controls."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import add_legend, draw_interval, interval_look, rows_with
from rethinking.figures.helpers.style import Style, grid, model_looks
from rethinking.names.labels import kind_label
from rethinking.transfers.kind import main_rows

# The kind of experiment that it shows.
KIND = "transfers"
# Source, labels and learner of each row, and its label. A scale may lack some of them.
ROWS = {
    ("trained", "hard", "network"): "network, hard labels",
    ("trained", "soft", "network"): "network, soft labels",
    ("trained", "hard", "linear"): "linear student",
    ("trained", "hard", "neighbours"): "$k$-nearest-neighbour student",
    ("nearest_neighbour", "hard", "network"): "1-nearest-neighbour teacher",
    ("untrained", "hard", "network"): "untrained teacher",
    ("untrained_centred", "hard", "network"): "untrained, logits centred",
    ("permuted", "hard", "network"): "permuted labels",
    ("new_initialisation", "none", "teacher"): "teachers: other initialisation",
    ("new_labels", "none", "teacher"): "teachers: other labels",
}
# The number of rows about students of trained teachers; the others are controls.
STUDENTS = 4
PANELS = (("agreement", "agreement (%)", 100.0), ("kappa", "Cohen's $\\kappa$", 1.0))


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw agreement and κ on fresh images side by side, with 95 % intervals over teachers.

    The stroke beside an agreement is the share of the teacher's most frequent class, which is the
    agreement of a constant student.
    """
    fresh = main_rows(table[table["test"] == "fresh"])
    groups = list(fresh[["model", "images"]].drop_duplicates().itertuples(index=False, name=None))
    looks = dict(zip(groups, model_looks(list(map(str, groups))).values(), strict=True))
    measured = set(fresh[["source", "labels", "learner"]].itertuples(index=False, name=None))
    rows = [row for row in ROWS if row in measured]
    students = sum(row in measured for row in list(ROWS)[:STUDENTS])
    figure, ((left, right),) = grid(1, 2, (style.width, 0.75 * style.width), sharey=True)
    for panel, (metric, title, factor) in zip((left, right), PANELS, strict=True):
        for index, (source, kind, learner) in enumerate(rows):
            for number, ((model, images), look) in enumerate(looks.items()):
                y = index + 0.7 * ((number + 0.5) / len(groups) - 0.5)
                of_group = rows_with(fresh, {"model": model, "images": images, "source": source})
                keys = {"labels": kind, "learner": learner, "metric": metric}
                means = rows_with(of_group, keys).dropna(subset="mean")
                draw_interval(panel, means, y, look, factor, size=3.5)
                if metric == "agreement" and learner != "teacher" and len(means):
                    keys = {"labels": "none", "learner": "teacher", "metric": "majority_rate"}
                    for rate in rows_with(of_group, keys)["mean"].dropna()[:1]:
                        panel.plot(100 * rate, y, color=look["color"], marker="|")
        panel.axhline(students - 0.5, color="#808080", linewidth=0.6)
        panel.set_xlabel(title)
    left.set_yticks(range(len(rows)), [ROWS[row] for row in rows])
    left.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5))
    right.set_xlim(-0.22, 1.04)  # wider intervals are cut off
    right.axvline(0, color="black", linewidth=0.6, zorder=1)
    stroke = {"color": "black", "marker": "|", "linestyle": "none"}
    names = [f"{labels[model]}, {kind_label(images)}" for model, images in groups]
    names.append("the teacher's most frequent class")
    add_legend(figure, [*map(interval_look, looks.values()), stroke], names, 2)
    return figure
