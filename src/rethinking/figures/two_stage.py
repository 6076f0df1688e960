"""How far students agree with their teachers, and what that is held against."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rethinking.figures.helpers.style import Style, model_looks
from rethinking.names.labels import kind_label
from rethinking.transfers.kind import main_rows

# Source, labels and learner of each row, and what it is called. A scale may leave some out.
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
# Above this line are students of trained teachers, below what they are held against.
STUDENTS = 4
PANELS = (("agreement", "agreement (%)", 100.0), ("kappa", "Cohen's $\\kappa$", 1.0))


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw agreement and κ on fresh images side by side, with 95 % intervals over teachers.

    Beside each agreement stands, as a stroke, how often the teacher gives its most frequent class,
    which is what a constant student reaches.

    Args:
        table: A summary, as ``rethinking.analysis.summaries.summary_table`` gives it.
        style: Sizes.
        labels: Of models.
    """
    fresh = main_rows(table[table["test"] == "fresh"])
    groups = list(fresh[["model", "images"]].drop_duplicates().itertuples(index=False, name=None))
    looks = dict(zip(groups, model_looks([str(one) for one in groups]).values(), strict=True))
    figure, axes = plt.subplots(
        1, 2, figsize=(style.width, 0.75 * style.width), sharey=True, layout="constrained"
    )
    asked = set(fresh[["source", "labels", "learner"]].itertuples(index=False, name=None))
    rows = [row for row in ROWS if row in asked]
    students = sum(row in asked for row in list(ROWS)[:STUDENTS])
    for panel, (metric, title, factor) in zip(axes, PANELS, strict=True):
        for place, row in enumerate(rows):
            for number, group in enumerate(groups):
                at = place + 0.7 * ((number + 0.5) / len(groups) - 0.5)
                look = looks[group]
                found = _of(fresh, group, row, metric)
                if found is None:
                    continue
                mean, low, high = (factor * found[end] for end in ("mean", "low", "high"))
                panel.plot(mean, at, color=look["color"], marker=look["marker"], markersize=3.5)
                panel.plot([low, high], [at, at], color=look["color"], linewidth=0.8)
                baseline = _of(fresh, group, (row[0], "none", "teacher"), "majority_rate")
                if metric == "agreement" and baseline is not None and row[2] != "teacher":
                    panel.plot(100 * baseline["mean"], at, color=look["color"], marker="|")
        panel.axhline(students - 0.5, color="#808080", linewidth=0.6)
        panel.set_xlabel(title)
    axes[0].set_yticks(range(len(rows)), [ROWS[row] for row in rows])
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    axes[0].set_xlim(0, 100)
    axes[1].set_xlim(-0.22, 1.04)  # wider intervals are cut off
    axes[1].axvline(0, color="black", linewidth=0.6, zorder=1)
    handles = [
        Line2D([], [], color=look["color"], marker=look["marker"], linewidth=0.8)
        for look in looks.values()
    ]
    names = [f"{labels[model]}, {kind_label(images)}" for model, images in groups]
    handles.append(Line2D([], [], color="black", marker="|", linestyle="none"))
    names.append("the teacher's most frequent class")
    figure.legend(handles, names, loc="outside upper center", ncols=2)
    return figure


def _of(
    table: pd.DataFrame, group: tuple[str, str], row: tuple[str, str, str], metric: str
) -> pd.Series | None:
    keys = ["model", "images", "source", "labels", "learner", "metric"]
    wanted = dict(zip(keys, (*group, *row, metric), strict=True))
    found = table[(table[keys] == pd.Series(wanted)).all(axis=1) & table["mean"].notna()]
    return None if found.empty else found.iloc[0]
