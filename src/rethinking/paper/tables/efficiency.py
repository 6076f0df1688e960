"""The number of images that students need."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rethinking.names.labels import kinds_label
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, tabular
from rethinking.transfers.kind import efficiency_key

# The kind of experiment that it shows.
KIND = "transfers"
LEARNERS = {
    ("network", "hard"): "network, hard",
    ("network", "soft"): "network, soft",
    ("linear", "hard"): "linear",
    ("neighbours", "hard"): "$k$-NN",
}


def tabulate(tables: Tables, about: About) -> str:
    r"""The number of images for each κ, and how many students reach it; numbers are ``\est``.

    The table is that of the sample efficiency of one transfer.
    """
    ((transfer, table),) = tables.items()
    thresholds = sorted(table["threshold"].unique())
    groups = []
    for (model, images, student_images, n1), of_group in table.groupby(
        ["model", "images", "student_images", "n1"], sort=False
    ):
        kinds = kinds_label(str(images), str(student_images))
        start = [escape(about.labels[str(model)]), kinds, str(n1)]
        rows = []
        for (learner, labels), by in of_group.groupby(["learner", "labels"], sort=False):
            by_threshold = {row["threshold"]: row for row in by.to_dict("records")}
            cells = [_images(transfer, by_threshold[threshold]) for threshold in thresholds]
            rows.append([*start, LEARNERS[str(learner), str(labels)], *cells])
            start = ["", "", ""]
        groups.append(rows)
    head = ["model", "images", "$n_1$", "student"]
    head += [rf"$n^*$, $\kappa \ge {threshold:g}$" for threshold in thresholds]
    return tabular("llrl" + "r" * len(thresholds), head, *groups)


def _images(transfer: str, row: Mapping[Any, Any]) -> str:
    key = f"{transfer}/{efficiency_key(row)}"
    reached = rf"(\est{{{key}/reached}} of \est{{{key}/teachers}})"
    if pd.isna(row["n_star"]):
        return f"-- {reached}"
    # If the least number of images suffices for most teachers, fewer may suffice.
    sign = r"$\le$\," if 2 * row["at_once"] > row["teachers"] else ""
    return rf"{sign}\est{{{key}/n_star}} {reached}"
