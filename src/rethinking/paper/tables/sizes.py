"""Constructed functions by the number of images that they fit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from rethinking.constructions.kind import key
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, printed_keys, tabular, value_cell

# The kind of experiment that it shows.
KIND = "constructions"
Columns = Mapping[str, Mapping[str, str]]


def tabulate(
    tables: Tables,
    _about: About,
    *,
    columns: Mapping[str, Mapping[str, str]],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each number of images, of the first function; numbers are ``\val``.

    Args:
        tables: The summary of one construction.
        columns: Heading to ``condition`` and ``metric``; columns without any number are left out.
        without_interval: Metrics printed without intervals: they are the same for all seeds, or
            space is short.
    """
    ((experiment, summary),) = tables.items()
    known = known_keys(summary)
    shown = columns_in(columns, summary)
    first = summary[summary["function"] == summary["function"].iloc[0]]
    rows = [
        [str(images), *cells(experiment, shown, group, known, without_interval)]
        for images, group in first.groupby("images", sort=False)
    ]
    return tabular("r" * (1 + len(shown)), ["$n$", *shown], rows)


def columns_in(columns: Columns, summary: pd.DataFrame) -> Columns:
    """The columns with any number in a summary."""
    rows = summary[summary["mean"].notna()]
    known = set(zip(rows["condition"], rows["metric"], strict=True))
    return {
        heading: column
        for heading, column in columns.items()
        if (column["condition"], column["metric"]) in known
    }


def known_keys(summary: pd.DataFrame) -> set[str]:
    """The keys of all numbers of a summary that are not on a curve."""
    return printed_keys(summary[summary["x"].isna()], key)


def cells(
    experiment: str,
    columns: Columns,
    group: pd.DataFrame,
    known: set[str],
    without_interval: Sequence[str],
) -> list[str]:
    """The cells of a row of the paper, for a group with one function, size and penalty."""
    first = group.iloc[0].to_dict()
    return [
        value_cell(
            experiment,
            key({**first, **column}),
            known,
            interval=column["metric"] not in without_interval,
        )
        for column in columns.values()
    ]
