"""Tables of teachers and students."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.files import write_text
from rethinking.names.labels import efficiency_key, kind_label, main_rows, transfer_key
from rethinking.paper.escape import escape
from rethinking.paper.tabular import tabular
from rethinking.tables import read_table

# Heading to what stands behind transfer, model and the two kinds of images in a key of a value.
AGREEMENT = {
    "fitted": "trained/teacher/own/interpolated",
    "agreement": "trained/network-hard/fresh/agreement",
    "majority": "trained/teacher/fresh/majority_rate",
    r"$\kappa$": "trained/network-hard/fresh/kappa",
    r"$\kappa$, linear": "trained/linear-hard/fresh/kappa",
    r"$\kappa$, own": "trained/network-hard/own/kappa",
    r"$\kappa$, own, 1-NN": "nearest_neighbour/network-hard/own/kappa",
}
WALKS = {
    "fitted": "trained/teacher/own/interpolated",
    "steps": "trained/teacher/own/steps_to_fit",
    r"$\kappa$": "trained/network-hard/fresh/kappa",
    r"$\kappa$, uniform": "trained/network-hard/uniform_noise/kappa",
    r"$\kappa$, own": "trained/network-hard/own/kappa",
    "forced": "trained/teacher/own/forced_lipschitz",
    r"$\max \|J\|_2$": "trained/teacher/own/lipschitz_lower",
}
# Their intervals are in the tables of the transfer; here they would need the room of others.
WITHOUT_INTERVAL = ("majority_rate", "interpolated", "steps_to_fit")
LEARNERS = {
    ("network", "hard"): "network, hard",
    ("network", "soft"): "network, soft",
    ("linear", "hard"): "linear",
    ("neighbours", "hard"): "$k$-NN",
}


def cells_table(
    columns: Mapping[str, str], transfer: str, summary: pd.DataFrame, labels: Mapping[str, str]
) -> str:
    r"""A row for each model, kind of teachers' and kind of students' images; numbers are ``\val``.

    Args:
        columns: Heading to the end of a value's key.
        transfer: Its name.
        summary: What ``rethinking.transfers.tables.summary_table`` gives.
        labels: What to call models.
    """
    found = main_rows(summary)
    known = {transfer_key(row) for row in found[found["mean"].notna()].to_dict("records")}
    groups = found.groupby(["model", "images", "student_images"], sort=False)
    rows: list[list[str]] = []
    last = None
    for (model, images, student_images), one in groups:
        if model != last:
            rows += [[]] * (last is not None)
            name = escape(labels[str(model)])
            rows.append([rf"\multicolumn{{{3 + len(columns)}}}{{@{{}}l}}{{\emph{{{name}}}}}"])
        last = model
        sizes = [f"{one['n1'].max()}", f"{one['n2'].max()}"]
        kinds = _kinds(str(images), str(student_images))
        cells = []
        for end in columns.values():
            command = "est" if end.endswith(WITHOUT_INTERVAL) else "val"
            key = f"{model}/{images}/{student_images}/{end}"
            cells.append(rf"\{command}{{{transfer}/{key}}}" if key in known else "--")
        rows.append([kinds, *sizes, *cells])
    head = ["images", "$n_1$", "$n_2$", *columns]
    return tabular("l" + "r" * (2 + len(columns)), head, rows)


def efficiency_table(transfer: str, table: pd.DataFrame, labels: Mapping[str, str]) -> str:
    r"""How many images students take to reach each κ, and how many do; numbers are ``\est``.

    Args:
        transfer: Its name.
        table: What ``rethinking.transfers.tables.sample_efficiency_table`` gives.
        labels: What to call models.
    """
    thresholds = sorted(table["threshold"].unique())
    rows: list[list[str]] = []
    last: tuple[Any, ...] = ()
    group = ["model", "images", "student_images", "n1"]
    for keys, one in table.groupby([*group, "learner", "labels"], sort=False):
        *of_group, learner, kind = keys
        by_threshold = {row["threshold"]: row for row in one.to_dict("records")}
        model, images, student_images, n1 = of_group
        names = [escape(labels[str(model)]), _kinds(str(images), str(student_images)), str(n1)]
        shown = names if tuple(of_group) != last else ["", "", ""]
        if last and tuple(of_group) != last:
            rows.append([])
        cells = [_images(transfer, by_threshold[threshold]) for threshold in thresholds]
        rows.append([*shown, LEARNERS[str(learner), str(kind)], *cells])
        last = tuple(of_group)
    head = ["model", "images", "$n_1$", "student"]
    head += [rf"$n^*$, $\kappa \ge {threshold:g}$" for threshold in thresholds]
    return tabular("llrl" + "r" * len(thresholds), head, rows)


def _images(transfer: str, row: Mapping[Any, Any]) -> str:
    key = f"{transfer}/{efficiency_key(row)}"
    reached = rf"(\est{{{key}/reached}} of \est{{{key}/teachers}})"
    if pd.isna(row["n_star"]):
        return f"-- {reached}"
    # Where most teachers reach it with the fewest images there are, it may take fewer.
    sign = r"$\le$\," if 2 * row["at_once"] > row["teachers"] else ""
    return rf"{sign}\est{{{key}/n_star}} {reached}"


def _kinds(images: str, student_images: str) -> str:
    name = kind_label(images)
    if student_images == images:
        return name
    return f"{name} $\\to$ {kind_label(student_images)}"


def write_transfer_table(measured: Path, table: Path, spec: Mapping[str, Any]) -> None:
    """Write a table.

    Args:
        measured: The summary table of the transfer or, for ``efficiency``, that of the sample
            efficiency.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``table`` (``agreement``, ``walks`` or ``efficiency``),
            ``transfer``, ``labels``.
    """
    read, transfer, labels = read_table(measured), spec["transfer"], spec["labels"]
    if spec["table"] == "efficiency":
        text = efficiency_table(transfer, read, labels)
    else:
        columns = {"agreement": AGREEMENT, "walks": WALKS}[spec["table"]]
        text = cells_table(columns, transfer, read, labels)
    write_text(table, text)
