"""The table of regularisation (in the form of Zhang et al., 2017, Table 1)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.files import write_text
from rethinking.names.labels import regularization_label, short_label, summary_key
from rethinking.names.recipe import regularization_of
from rethinking.paper.escape import escape
from rethinking.paper.tables.results import diverged_note
from rethinking.paper.tabular import tabular
from rethinking.tables import read_table

# Heading to metric.
COLUMNS = {
    "train": "train_accuracy",
    "test": "test_accuracy",
    "change": "test_accuracy_change",
    "best less last": "early_stopping_gain",
}


def regularization_table(experiment: str, summary: pd.DataFrame, labels: Mapping[str, str]) -> str:
    r"""A row for each network, its labels and regularisation; results are all ``\val``.

    Args:
        experiment: Its name.
        summary: What ``rethinking.networks.tables.summary_table`` gives.
        labels: What to call the models.
    """
    summary = summary.assign(regularization=summary["recipe"].map(regularization_of))
    keys = ["model", "condition", "regularization"]
    known = set(summary.loc[summary["mean"].notna(), [*keys, "metric"]].itertuples(index=False))
    diverged = summary[summary["metric"] == "epochs"].set_index(keys)["excluded"]
    settings = summary[keys].drop_duplicates()
    rows: list[list[str]] = []
    for model, of_model in settings.groupby("model", sort=False):
        for number, (condition, group) in enumerate(of_model.groupby("condition", sort=False)):
            for place, row in enumerate(group.to_dict("records")):
                setting = tuple(row[key] for key in keys)
                names = [
                    escape(labels[str(model)]) if number == place == 0 else "",
                    short_label(str(condition)) if place == 0 else "",
                    regularization_label(row["regularization"]) + diverged_note(diverged[setting]),
                ]
                key = {metric: summary_key(row | {"metric": metric}) for metric in COLUMNS.values()}
                cells = [
                    rf"\{_command(metric)}{{{experiment}/{key[metric]}}}"
                    if (*setting, metric) in known
                    else ""
                    for metric in COLUMNS.values()
                ]
                rows.append([*names, *cells])
        rows.append([])  # a space between models
    head = ["network", "labels", "regularisation", *COLUMNS]
    return tabular("lll" + "r" * (len(head) - 3), head, rows[:-1])


def _command(metric: str) -> str:
    """Training accuracies are printed without their intervals, which would need the room."""
    return "est" if metric == "train_accuracy" else "val"


def write_regularization_table(summary: Path, table: Path, spec: Mapping[str, Any]) -> None:
    """Write the table of regularisation.

    Args:
        summary: The summary table of the experiment.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``experiment`` and ``labels``.
    """
    write_text(table, regularization_table(spec["experiment"], read_table(summary), spec["labels"]))
