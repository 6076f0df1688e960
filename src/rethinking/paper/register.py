"""The register: for each number and figure that the paper prints, where it comes from."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rethinking.paper.escape import escape
from rethinking.paper.macros import anchor

PRINTED = re.compile(r"\\(?:val|est)\{([^}#]+)\}")
DRAWN = re.compile(r"\\drawn\{([^}#]+)\}")
# Digits of a commit that are printed.
SHORT = 10
MANY = 3


def register(
    texts: Iterable[str],
    values: Mapping[str, Mapping[str, Any]],
    figures: Mapping[str, Mapping[str, Any]],
) -> str:
    """The targets of all links from numbers and figures, as LaTeX.

    Numbers are in groups of one file, the runs and seeds that they rest on, and the commits at
    which these were made; each is named by its row and its metric.

    Args:
        texts: The sources of the paper, and the texts that are generated for it.
        values: The content of ``values.json``.
        figures: Of each figure the ``table`` that it draws, and the ``commit`` that drew it.
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
        lines.append(
            rf"\registergroup{{\nolinkurl{{{source}}}}}{{{'; '.join(filter(None, about))}}}"
        )
        lines.append(
            "; ".join(rf"\registered{{{name}}}{{{item}}}" for name, item in items.items())
            + r".\par"
        )
    drawn = [name for name in dict.fromkeys(DRAWN.findall(joined)) if name in figures]
    if drawn:
        by = r"drawn by rule \texttt{figure}"
        lines.append(rf"\registergroup{{\nolinkurl{{figures/}}}}{{{by}}}")
    for name in drawn:
        figure = figures[name]
        lines.append(
            rf"\registered{{figures/{name}}}{{\nolinkurl{{{name}}}}}: code "
            rf"\nolinkurl{{src/rethinking/figures/{name}.py}}, "
            rf"table \nolinkurl{{{figure['table']}}}, commit {_short(figure['commit'])}.\par"
        )
    return "\n".join(lines) + "\n"


def _group(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The file of a number, and the runs, seeds and commits that it shares with others."""
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
    """A number by its row and its metric, or by its key."""
    row = entry.get("row")
    if row is None:
        return rf"\nolinkurl{{{key}}}"
    name = key.rpartition("/")[2]
    return escape(row) if isinstance(row, str) else f"{row} {escape(name.replace('_', ' '))}"
