"""Teachers that were trained on walks, beside teachers of uniform noise."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rethinking.figures.helpers.marks import add_legend, draw_interval, interval_look, rows_with
from rethinking.figures.helpers.style import Style, grid, model_looks
from rethinking.names.labels import kind_label
from rethinking.transfers.kind import main_rows

# The kind of experiment that it shows.
KIND = "transfers"
# The images of students, like those of their teacher (A) or uniform noise (B), and the test images.
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
MARKER = 3.5
XLABELS = (
    "steps of teachers to fit,\nand how many fitted",
    "$\\kappa$ of students",
    "Lipschitz bounds (logit s.d.\nper input unit)",
)


def draw(table: pd.DataFrame, style: Style, labels: Mapping[str, str]) -> Figure:
    """Draw steps, κ and Lipschitz bounds by the images of teachers, with 95 % intervals.

    There is a row of panels for each model. The numbers of fitted teachers are printed.
    """
    rows = main_rows(table)
    models = list(rows["model"].unique())
    kinds = list(rows["images"].unique())
    size = (style.width, (0.18 + 0.34 * len(models)) * style.width)
    figure, axes = grid(len(models), 3, size, sharey=True)
    looks = model_looks([*STUDENTS, *BOUNDS])
    for panels, model in zip(axes, models, strict=True):
        for y, kind in enumerate(kinds):
            of_kind = rows_with(rows, {"model": model, "images": kind, "source": "trained"})
            trained = of_kind[of_kind["learner"] == "teacher"]
            _draw_fit(panels[0], y, trained)
            for index, student in enumerate(STUDENTS):
                shifted, kappas = y + 0.16 * (index - 1.5), _kappas(of_kind, kind, student)
                draw_interval(panels[1], kappas, shifted, looks[student], size=MARKER)
            for index, bound in enumerate(BOUNDS):
                shifted, bounds = y + 0.2 * (index - 1), trained[trained["metric"] == bound]
                draw_interval(panels[2], bounds, shifted, looks[bound], size=MARKER)
        panels[0].set_ylabel(labels[model])
        panels[0].set_xscale("log")
        panels[1].axvline(0, color="black", linewidth=0.6, zorder=1)
        panels[2].set_xscale("log")
    for panel, label in zip(axes[-1], XLABELS, strict=True):
        panel.set_xlabel(label)
    axes[-1][0].set_yticks(range(len(kinds)), [kind_label(kind) for kind in kinds])
    axes[-1][0].set_ylim(len(kinds) - 0.5, -0.5)
    names = [*STUDENTS.values(), *(f"Lipschitz: {name}" for name in BOUNDS.values())]
    add_legend(figure, map(interval_look, looks.values()), names, 2)
    return figure


def _draw_fit(panel: Axes, y: float, trained: pd.DataFrame) -> None:
    """Draw the steps of fitted teachers, and print the number of these."""
    fitted = trained[trained["metric"] == "interpolated"]
    if fitted.empty:
        return
    steps = trained[trained["metric"] == "steps_to_fit"]
    draw_interval(panel, steps, y, {"color": "#1b3a6b", "marker": "o"}, size=MARKER)
    row = fitted.iloc[0]
    text = f"{round(row['mean'] * row['n'])} of {row['n']}"
    panel.text(0.99, y - 0.2, text, transform=panel.get_yaxis_transform(), ha="right")


def _kappas(of_kind: pd.DataFrame, kind: str, student: str) -> pd.DataFrame:
    variant, test = student.split(", ")
    # On uniform noise both variants are the same, which is drawn as B.
    if variant == "A" and kind == "uniform_noise":
        return of_kind.iloc[:0]
    images = kind if variant == "A" else "uniform_noise"
    keys = {"test": test, "metric": "kappa", "learner": "network", "labels": "hard"}
    return rows_with(of_kind, {"student_images": images} | keys)
