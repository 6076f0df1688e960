"""Constructed functions by the number of images that they fit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from rethinking.constructions.kind import key
from rethinking.names.kinds import Row
from rethinking.paper.specs import About
from rethinking.paper.tabular import tabular


def tabulate(
    tables: Mapping[str, pd.DataFrame],
    _about: About,
    *,
    columns: Mapping[str, Mapping[str, str]],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each number of images, of the first function; numbers are ``\val``.

    Args:
        tables: The summary of one construction, by its name.
        columns: Heading to ``condition`` and ``metric``; columns without any number are left out.
        without_interval: Metrics that are the same for all seeds, or whose intervals would need
            the room of others.
    """
    ((experiment, summary),) = tables.items()
    known = known_keys(summary)
    shown = columns_in(columns, summary)
    first = summary[summary["function"] == summary["function"].iloc[0]]
    rows = [
        [
            str(images),
            *cells(experiment, shown, of_images.iloc[0].to_dict(), known, without_interval),
        ]
        for images, of_images in first.groupby("images", sort=False)
    ]
    return tabular("r" * (1 + len(shown)), ["$n$", *shown], rows)


def columns_in(
    columns: Mapping[str, Mapping[str, str]], summary: pd.DataFrame
) -> dict[str, Mapping[str, str]]:
    """The columns with any number in a summary."""
    rows = summary[summary["mean"].notna()]
    known = set(zip(rows["condition"], rows["metric"], strict=True))
    return {
        heading: column
        for heading, column in columns.items()
        if (column["condition"], column["metric"]) in known
    }


def known_keys(summary: pd.DataFrame) -> set[str]:
    """The keys of all numbers of a summary that are on no curve."""
    rows = summary[summary["mean"].notna() & summary["x"].isna()]
    return {key(row) for row in rows.to_dict("records")}


def cells(
    experiment: str,
    columns: Mapping[str, Mapping[str, str]],
    row: Row,
    known: set[str],
    without_interval: Sequence[str],
) -> list[str]:
    """The cells of a row of which function, images and penalty are given."""
    found = []
    for column in columns.values():
        name = key({**row, **column})
        command = "est" if column["metric"] in without_interval else "val"
        found.append(rf"\{command}{{{experiment}/{name}}}" if name in known else "--")
    return found
