"""Kernel solutions by kernel and penalty."""

from collections.abc import Mapping, Sequence

from rethinking.names.labels import function_label
from rethinking.paper.specs import About
from rethinking.paper.tables.sizes import cells, columns_in, known_keys
from rethinking.paper.tabular import Tables, tabular

# The kind of experiment that it shows.
KIND = "constructions"


def tabulate(
    tables: Tables,
    _about: About,
    *,
    columns: Mapping[str, Mapping[str, str]],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each kernel and penalty, at the most images; numbers are ``\val``.

    Args:
        tables: The summary of one construction.
        columns: Heading to ``condition`` and ``metric``; columns without any number are left out.
        without_interval: Metrics printed without intervals: they are the same for all seeds, or
            space is short.
    """
    ((experiment, summary),) = tables.items()
    known = known_keys(summary)
    solved = summary[summary["l2"].notna()]
    solved = solved[solved["images"] == solved["images"].max()]
    columns = columns_in(columns, solved)
    groups = []
    for function, of_function in solved.groupby("function", sort=False):
        rows = []
        name = function_label(str(function))
        for l2, group in of_function.groupby("l2", sort=False):
            numbers = cells(experiment, columns, group, known, without_interval)
            rows.append([name, f"{l2:g}", *numbers])
            name = ""
        groups.append(rows)
    head = ["kernel", r"$\lambda$", *columns]
    return tabular("l" + "r" * (1 + len(columns)), head, *groups)
