"""Tables of functions that fit labels without training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.files import write_text
from rethinking.names.labels import construction_key, function_label
from rethinking.paper.tabular import tabular
from rethinking.tables import read_table

# Heading to condition and metric. Those without an interval are the same for all seeds, or would
# need the room of others; the tables of the construction have them all.
EXPRESSIVITY = {
    "error, random": ("label_noise-1.00", "fit_error"),
    "fitted, random": ("label_noise-1.00", "train_accuracy"),
    "Lipschitz, random": ("label_noise-1.00", "lipschitz"),
    "error, true": ("true_labels", "fit_error"),
    "fitted, true": ("true_labels", "train_accuracy"),
    "Lipschitz, true": ("true_labels", "lipschitz"),
    "test, true": ("true_labels", "test_accuracy"),
}
IMPLICIT = {
    "train": ("true_labels", "train_accuracy"),
    "test": ("true_labels", "test_accuracy"),
    "norm": ("true_labels", "norm"),
    "train, random": ("label_noise-1.00", "train_accuracy"),
    "norm, random": ("label_noise-1.00", "norm"),
    "rank": ("true_labels", "rank"),
    "condition": ("true_labels", "condition"),
}
WITHOUT_INTERVAL = ("fit_error", "lipschitz", "rank", "condition", "train_accuracy")


def expressivity_table(name: str, summary: pd.DataFrame) -> str:
    r"""A row for each number of images, of the network with one hidden layer; numbers are ``\val``.

    Args:
        name: Of the construction.
        summary: What ``rethinking.constructions.tables.summary_table`` gives.
    """
    columns = _there(EXPRESSIVITY, summary)
    known = _known(summary)
    first = summary["function"].iloc[0]
    rows = [
        [str(images), *_cells(name, columns, f"{first}/{images}", known)]
        for images in summary["images"].unique()
    ]
    return tabular("r" * (1 + len(columns)), ["$n$", *columns], rows)


def implicit_table(name: str, summary: pd.DataFrame) -> str:
    r"""A row for each kernel and penalty, at the most images; numbers are ``\val``.

    Args:
        name: Of the construction.
        summary: What ``rethinking.constructions.tables.summary_table`` gives.
    """
    known = _known(summary)
    solved = summary[summary["l2"].notna()]
    solved = solved[solved["images"] == solved["images"].max()]
    columns = _there(IMPLICIT, solved)
    rows: list[list[str]] = []
    for function, of_function in solved.groupby("function", sort=False):
        images = of_function["images"].iloc[0]
        for place, l2 in enumerate(of_function["l2"].unique()):
            cells = _cells(name, columns, f"{function}/{images}/{l2:g}", known)
            rows.append([function_label(str(function)) if place == 0 else "", f"{l2:g}", *cells])
        rows.append([])  # a space between kernels
    head = ["kernel", r"$\lambda$", *columns]
    return tabular("l" + "r" * (1 + len(columns)), head, rows[:-1])


def _there(
    columns: Mapping[str, tuple[str, str]], summary: pd.DataFrame
) -> dict[str, tuple[str, str]]:
    """The columns of which there is any number."""
    rows = summary[summary["mean"].notna()]
    known = set(zip(rows["condition"], rows["metric"], strict=True))
    return {heading: column for heading, column in columns.items() if column in known}


def _known(summary: pd.DataFrame) -> set[str]:
    rows = summary[summary["mean"].notna() & summary["x"].isna()]
    return {construction_key(row) for row in rows.to_dict("records")}


def _cells(
    name: str, columns: Mapping[str, tuple[str, str]], start: str, known: set[str]
) -> list[str]:
    cells = []
    for condition, metric in columns.values():
        key = f"{start}/{condition}/{metric}"
        command = "est" if metric in WITHOUT_INTERVAL else "val"
        cells.append(rf"\{command}{{{name}/{key}}}" if key in known else "--")
    return cells


def write_construction_table(summary: Path, table: Path, spec: Mapping[str, Any]) -> None:
    """Write the table of a construction.

    Args:
        summary: Its summary table.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``construction`` and ``module``.
    """
    make = {"expressivity": expressivity_table, "implicit": implicit_table}[spec["module"]]
    write_text(table, make(spec["construction"], read_table(summary)))
