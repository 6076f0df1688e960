"""Measures of networks and of reference functions."""

from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any

import pandas as pd

from rethinking.names.labels import in_order, short_label
from rethinking.networks.kind import key
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, tabular

# The kind of experiment that it shows.
KIND = "networks"


def tabulate(tables: Tables, about: About, *, columns: Mapping[str, str]) -> str:
    r"""A row for each function; numbers are ``\val``, with notes on missing numbers.

    Args:
        tables: The summary of one experiment.
        about: The labels.
        columns: Heading to metric.
    """
    ((experiment, summary),) = tables.items()
    shown = summary[summary["metric"].isin(columns.values())]
    notes: dict[str, str] = {}
    groups = []
    for model, of_model in shown.groupby("model", sort=False):
        rows = []
        name = escape(about.labels[str(model)])
        for condition in in_order(of_model["condition"]):
            of_condition = of_model[of_model["condition"] == condition]
            by_metric = {row["metric"]: row for row in of_condition.to_dict("records")}
            cells = [_cell(experiment, by_metric[metric], notes) for metric in columns.values()]
            rows.append([name, short_label(condition), *cells])
            name = ""
        groups.append(rows)
    text = tabular("ll" + "r" * len(columns), ["function", "condition", *columns], *groups)
    marks = [rf"\textsuperscript{{{mark}}}\,{escape(note)}" for note, mark in notes.items()]
    return text + ("\n\\smallskip\n" + "; ".join(marks) + ".\n" if marks else "")


def _cell(experiment: str, row: Mapping[Any, Any], notes: dict[str, str]) -> str:
    if not pd.isna(row["mean"]):
        return rf"\val{{{experiment}/{key(row)}}}"
    if pd.isna(row["note"]):
        return "--"
    mark = notes.setdefault(row["note"], ascii_lowercase[len(notes) % len(ascii_lowercase)])
    return rf"--\textsuperscript{{{mark}}}"
