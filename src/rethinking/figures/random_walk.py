"""Teachers that were trained on walks, beside those on uniform noise."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rethinking.figures.helpers.style import Style, model_looks
from rethinking.names.labels import kind_label
from rethinking.transfers.kind import main_rows

# What students saw, as their teacher or not, and what they are tested on.
STUDENTS = {
    "A, fresh": "A: students on a new walk, tested on its continuation",
    "A, uniform_noise": "A, tested on uniform noise",
    "B, fresh": "B: students on uniform noise, tested on the same",
    "B, continuation": "B, tested on the continuation of the teacher's walk",
}
BOUNDS = {
    "forced_lipschitz": "forced by training pairs",
    "lipschitz_lower": "max $\\|J\\|_2$",
    "lipschitz_upper": "upper bound",
}


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw, by what teachers saw, steps, κ and Lipschitz bounds; bars: 95 % intervals.

    A row of panels for each model. Where not all teachers fitted, it says how many did.

    Args:
        table: A summary, as ``rethinking.analysis.summaries.summary_table`` gives it.
        style: Sizes.
        labels: Of models.
    """
    rows = main_rows(table)
    models = list(rows["model"].unique())
    kinds = list(rows["images"].unique())
    figure, axes = plt.subplots(
        len(models),
        3,
        figsize=(style.width, (0.18 + 0.34 * len(models)) * style.width),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    looks = model_looks([*STUDENTS])
    bounds = dict(zip(BOUNDS, list(model_looks([*STUDENTS, *BOUNDS]).values())[4:], strict=True))
    for panels, model in zip(axes, models, strict=True):
        of_model = rows[rows["model"] == model]
        for at, kind in enumerate(kinds):
            of_kind = of_model[of_model["images"] == kind]
            trained = of_kind[(of_kind["source"] == "trained") & (of_kind["learner"] == "teacher")]
            _draw_fit(panels[0], at, trained)
            for number, student in enumerate(STUDENTS):
                shift = 0.16 * (number - 1.5)
                _draw(panels[1], at + shift, _kappa(of_kind, kind, student), looks[student])
            for number, (bound, look) in enumerate(bounds.items()):
                found = trained[trained["metric"] == bound]
                _draw(panels[2], at + 0.2 * (number - 1), found, look)
        panels[0].set_ylabel(labels[model])
    last = axes[-1]
    for panel, name in zip(
        last,
        (
            "steps of teachers to fit,\nand how many fitted",
            "$\\kappa$ of students",
            "Lipschitz bounds (logit s.d.\nper input unit)",
        ),
        strict=True,
    ):
        panel.set_xlabel(name)
    for panels in axes:
        panels[0].set_xscale("log")
        panels[1].axvline(0, color="black", linewidth=0.6, zorder=1)
        panels[2].set_xscale("log")
    last[0].set_yticks(range(len(kinds)), [kind_label(kind) for kind in kinds])
    last[0].set_ylim(len(kinds) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=look["color"], marker=look["marker"], linewidth=0.8)
        for look in [*looks.values(), *bounds.values()]
    ]
    names = [*STUDENTS.values(), *(f"Lipschitz: {name}" for name in BOUNDS.values())]
    figure.legend(handles, names, loc="outside upper center", ncols=2)
    return figure


def _draw_fit(panel: Axes, at: float, trained: pd.DataFrame) -> None:
    """Steps of those teachers that fitted, and beside them how many these are."""
    fitted = trained[trained["metric"] == "interpolated"]
    if fitted.empty:
        return
    steps = trained[trained["metric"] == "steps_to_fit"]
    _draw(panel, at, steps, {"color": "#1b3a6b", "marker": "o"})
    one = fitted.iloc[0]
    text = f"{round(one['mean'] * one['n'])} of {one['n']}"
    panel.text(0.99, at - 0.2, text, transform=panel.get_yaxis_transform(), ha="right")


def _kappa(of_kind: pd.DataFrame, kind: str, student: str) -> pd.DataFrame:
    variant, test = student.split(", ")
    # On uniform noise the two variants are one; it is drawn as B.
    same = of_kind["student_images"] == kind
    uniform = of_kind["student_images"] == "uniform_noise"
    chosen = uniform if variant == "B" else same & ~uniform
    return of_kind[
        chosen
        & (of_kind["test"] == test)
        & (of_kind["metric"] == "kappa")
        & (of_kind["source"] == "trained")
        & (of_kind["learner"] == "network")
        & (of_kind["labels"] == "hard")
    ]


def _draw(panel: Axes, at: float, found: pd.DataFrame, look: Mapping[str, Any]) -> None:
    known = found[found["mean"].notna()]
    if known.empty:
        return
    one = known.iloc[0]
    panel.plot(one["mean"], at, color=look["color"], marker=look["marker"], markersize=3.5)
    panel.plot([one["low"], one["high"]], [at, at], color=look["color"], linewidth=0.8)
