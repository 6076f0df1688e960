"""Tables in LaTeX."""

from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd

from rethinking.names.kinds import Row

# The tables of results to show, by experiment.
Tables = Mapping[str, pd.DataFrame]


def tabular(columns: str, head: Sequence[str], *groups: Sequence[Sequence[str]]) -> str:
    r"""A ``tabular`` in the style of ``booktabs``, ``\fitted`` to the text (in ``paper/main.tex``).

    Args:
        columns: A letter for each column, as LaTeX takes them.
        head: The headings.
        groups: The cells of groups of rows, with a space between groups.
    """
    lines = [
        rf"\fitted{{\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        " & ".join(head) + r" \\",
        r"\midrule",
    ]
    for index, group in enumerate(groups):
        lines += [r"\addlinespace"] * (index > 0)
        lines += [" & ".join(row) + r" \\" for row in group]
    lines += [r"\bottomrule", r"\end{tabular}}"]
    return "\n".join(lines) + "\n"


def printed_keys(summary: pd.DataFrame, key: Callable[[Row], str]) -> set[str]:
    """The keys of all numbers in a summary; ``key`` is that of the kind of experiment."""
    return {key(row) for row in summary[summary["mean"].notna()].to_dict("records")}


def value_cell(
    experiment: str,
    key: str,
    known: Collection[str],
    *,
    interval: bool = True,
    missing: str = "--",
) -> str:
    r"""A number with its interval (``\val``) or without (``\est``), if its key is known."""
    if key not in known:
        return missing
    return rf"\{'val' if interval else 'est'}{{{experiment}/{key}}}"


def diverged_note(count: int) -> str:
    """The number of networks of a row that diverged and are not in its means; empty for none."""
    return f" ({count} diverged)" if count else ""
