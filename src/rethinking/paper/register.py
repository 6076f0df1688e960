"""The register: the origin of each number and figure that the paper prints."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rethinking.paper.escape import escape
from rethinking.paper.macros import anchor

PRINTED = re.compile(r"\\(?:val|est)\{([^}#]+)\}")
DRAWN = re.compile(r"\\drawn\{([^}#]+)\}")
SHORT = 10  # digits of a commit
MANY = 3  # runs that are named; of more, the number


def register(
    texts: Iterable[str],
    values: Mapping[str, Mapping[str, Any]],
    figures: Mapping[str, Mapping[str, Any]],
) -> str:
    """The targets of all links from numbers and figures, as LaTeX.

    Numbers with the same file, runs, seeds and commits form a group; each is named by its row and
    its metric.

    Args:
        texts: All written and generated texts of the paper.
        values: The content of ``values.json``.
        figures: The ``table`` and the ``module`` (by default that of its name) of each figure, and
            the ``commit`` that drew it, by name.
    """
    joined = "\n".join(texts)
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    for key in dict.fromkeys(PRINTED.findall(joined)):
        entry = values.get(key)
        if entry is None or entry["value"] is None:
            continue
        groups.setdefault(_group(entry), {}).setdefault(anchor(key, entry), _item(key, entry))
    lines = []
    for (source, *about), items in sorted(groups.items()):
        heading = "; ".join(filter(None, about))
        lines.append(rf"\registergroup{{\nolinkurl{{{source}}}}}{{{heading}}}")
        numbers = [rf"\registered{{{name}}}{{{item}}}" for name, item in items.items()]
        lines.append("; ".join(numbers) + r".\par")
    drawn = [name for name in dict.fromkeys(DRAWN.findall(joined)) if name in figures]
    if drawn:
        by = r"drawn by rule \texttt{figure}"
        lines.append(rf"\registergroup{{\nolinkurl{{figures/}}}}{{{by}}}")
    for name in drawn:
        figure = figures[name]
        lines.append(
            rf"\registered{{figures/{name}}}{{\nolinkurl{{{name}}}}}: code "
            rf"\nolinkurl{{src/rethinking/figures/{figure.get('module', name)}.py}}, "
            rf"table \nolinkurl{{{figure['table']}}}, commit {_short(figure['commit'])}.\par"
        )
    return "\n".join(lines) + "\n"


def _group(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The file, runs, seeds and commits of a number."""
    runs: Sequence[str] = entry.get("runs", ())
    shown = [rf"\nolinkurl{{{run}}}" for run in runs[:MANY]]
    if len(runs) > MANY:
        shown.append(f"{len(runs) - MANY} more")
    seeds = str(entry.get("seeds", "")).replace("-", "--").replace(" ", ", ")
    commits = [_short(commit) for commit in entry.get("commits", ())]
    return (
        entry["source"],
        ", ".join(shown),
        f"seeds {seeds}" if seeds else "",
        "commit " + ", ".join(commits) if commits else "",
    )


def _short(commit: str) -> str:
    name, plus = commit.removesuffix("+"), "+" if commit.endswith("+") else ""
    return rf"\texttt{{{name[:SHORT]}{plus}}}"


def _item(key: str, entry: Mapping[str, Any]) -> str:
    """The name of a number: its row and its metric, or its key."""
    row = entry.get("row")
    if row is None:
        return rf"\nolinkurl{{{key}}}"
    name = key.rpartition("/")[2]
    return escape(row) if isinstance(row, str) else f"{row} {escape(name.replace('_', ' '))}"
