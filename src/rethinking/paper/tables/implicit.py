"""Kernel solutions by kernel and penalty."""

from collections.abc import Mapping, Sequence

import pandas as pd

from rethinking.names.labels import function_label
from rethinking.paper.specs import About
from rethinking.paper.tables.sizes import cells, columns_in, known_keys
from rethinking.paper.tabular import tabular


def tabulate(
    tables: Mapping[str, pd.DataFrame],
    _about: About,
    *,
    columns: Mapping[str, Mapping[str, str]],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each kernel and penalty, at the most images; numbers are ``\val``.

    Args:
        tables: The summary of one construction, by its name.
        columns: Heading to ``condition`` and ``metric``; columns without any number are left out.
        without_interval: Metrics that are the same for all seeds, or whose intervals would need
            the room of others.
    """
    ((experiment, summary),) = tables.items()
    known = known_keys(summary)
    solved = summary[summary["l2"].notna()]
    solved = solved[solved["images"] == solved["images"].max()]
    shown = columns_in(columns, solved)
    rows: list[list[str]] = []
    for function, of_function in solved.groupby("function", sort=False):
        for place, (l2, one) in enumerate(of_function.groupby("l2", sort=False)):
            name = function_label(str(function)) if place == 0 else ""
            numbers = cells(experiment, shown, one.iloc[0].to_dict(), known, without_interval)
            rows.append([name, f"{l2:g}", *numbers])
        rows.append([])  # a space between kernels
    head = ["kernel", r"$\lambda$", *shown]
    return tabular("l" + "r" * (1 + len(shown)), head, rows[:-1])
