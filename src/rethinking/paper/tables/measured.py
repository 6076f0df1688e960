"""Tables of what was measured of functions, and of what they are held against."""

from collections.abc import Mapping
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pandas as pd

from rethinking.files import write_text
from rethinking.names.labels import in_order, short_label
from rethinking.paper.escape import escape
from rethinking.paper.tabular import tabular
from rethinking.tables import read_table

# Heading to metric, of each table.
COLUMNS = {
    "smoothness": {
        "local variation": "local_variation",
        "flips": "flip_rate",
        r"mean $\|J\|_2$": "jacobian_spectral",
        r"$\max \|J\|_2$": "lipschitz_lower",
        r"$\|\nabla\mathrm{margin}\|$": "margin_gradient",
    },
    "norms": {
        "Lipschitz, upper": "lipschitz_upper",
        "path norm": "path_norm_2",
        r"$\gamma_{10} / \max \|J\|_2$": "margin_over_lipschitz_lower",
        r"$\gamma_{10}$ / path norm": "margin_over_path_norm_2",
    },
    "frequency": {
        "below 2, paths": "path_energy_below_2",
        "centroid, paths": "path_centroid",
        "slope, paths": "path_slope",
        "centroid, planes": "plane_centroid",
        "centroid, image": "image_centroid",
    },
}


def measured_table(
    columns: Mapping[str, str], experiment: str, summary: pd.DataFrame, labels: Mapping[str, str]
) -> str:
    r"""A row for each function: a ``tabular``, its numbers all ``\val``, and why some are missing.

    Args:
        columns: Heading to metric.
        experiment: Its name.
        summary: What ``rethinking.networks.tables.summary_table`` gives.
        labels: What to call models and references.
    """
    shown = summary[summary["metric"].isin(columns.values())]
    notes: dict[str, str] = {}
    rows: list[list[str]] = []
    for model, of_model in shown.groupby("model", sort=False):
        for place, condition in enumerate(in_order(of_model["condition"])):
            of_condition = of_model[of_model["condition"] == condition]
            found = {row["metric"]: row for row in of_condition.to_dict("records")}
            key = f"{experiment}/{model}/{condition}"
            cells = [_cell(f"{key}/{name}", found[name], notes) for name in columns.values()]
            name = escape(labels[str(model)]) if place == 0 else ""
            rows.append([name, short_label(condition), *cells])
        rows.append([])  # a space between models
    head = ["function", "condition", *columns]
    text = tabular("ll" + "r" * len(columns), head, rows[:-1])
    marks = [rf"\textsuperscript{{{mark}}}\,{escape(note)}" for note, mark in notes.items()]
    return text + ("\n\\smallskip\n" + "; ".join(marks) + ".\n" if marks else "")


def _cell(key: str, row: Mapping[Any, Any], notes: dict[str, str]) -> str:
    if not pd.isna(row["mean"]):
        return rf"\val{{{key}}}"
    if pd.isna(row["note"]):
        return "--"
    mark = notes.setdefault(row["note"], ascii_lowercase[len(notes) % len(ascii_lowercase)])
    return rf"--\textsuperscript{{{mark}}}"


def write_measured_table(summary: Path, table: Path, spec: Mapping[str, Any]) -> None:
    """Write a table of what was measured.

    Args:
        summary: The summary table of the experiment.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``table``, ``experiment``, ``labels``.
    """
    columns = COLUMNS[spec["table"]]
    text = measured_table(columns, spec["experiment"], read_table(summary), spec["labels"])
    write_text(table, text)
