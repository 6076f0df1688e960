"""Tables in LaTeX."""

from collections.abc import Sequence


def tabular(columns: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""A ``tabular`` in the style of ``booktabs``, ``\fitted`` to the text (in ``paper/main.tex``).

    Args:
        columns: A letter for each column, as LaTeX takes them.
        head: The headings.
        rows: The cells; an empty row is a space.
    """
    lines = [
        rf"\fitted{{\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        " & ".join(head) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" if row else r"\addlinespace" for row in rows),
        r"\bottomrule",
        r"\end{tabular}}",
    ]
    return "\n".join(lines) + "\n"


def diverged_note(count: int) -> str:
    """The number of networks of a row that diverged and are not in its means; empty for none."""
    return f" ({count} diverged)" if count else ""
