"""The register: for each number and figure that the paper prints, where it comes from."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rethinking.errors import InputError
from rethinking.files import read_json, write_text
from rethinking.paper.escape import escape
from rethinking.paper.macros import anchor
from rethinking.step.provenance import commit_of, read_record

PRINTED = re.compile(r"\\(?:val|est)\{([^}#]+)\}")
DRAWN = re.compile(r"\\drawn\{([^}#]+)\}")
# Claims, and criteria of claims, that there are and that the paper asks for.
DEFINED = re.compile(r"\\csname verdict@([^\\#]+)\\endcsname|\\setverdict\{([^}#]+)\}")
CLAIMED = re.compile(r"\\(?:claim|because|verdict|ifverdict)\{([^}#]+)\}")
COMMENT = re.compile(r"(?<!\\)%.*")
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
    which these were made; each is named by its row, and what is in it.

    Args:
        texts: All that prints numbers: the sources of the paper, and what is generated for it.
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
        by = r"drawn by rule \texttt{figure}, script \nolinkurl{workflow/scripts/figure.py}"
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
    """The file of a number, and what is to be said of it and others from the same runs."""
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
    """A number by its row and what is in it, or by what it is called."""
    row = entry.get("row")
    if row is None:
        return rf"\nolinkurl{{{key}}}"
    name = key.rpartition("/")[2]
    return escape(row) if isinstance(row, str) else f"{row} {escape(name.replace('_', ' '))}"


def write_register(
    texts: Iterable[Path],
    values: Path,
    records: Sequence[Path],
    register_file: Path,
    spec: Mapping[str, Any],
) -> None:
    """Write the register.

    Args:
        texts: The sources of the paper, and what is generated for it.
        values: ``values.json``.
        records: The record of each figure.
        register_file: The LaTeX file to write.
        spec: The job's spec; read here is ``figures``: name to table, in the order of ``records``.

    Raises:
        InputError: The paper speaks of a claim that the ledger does not have.
    """
    figures = {}
    for (name, table), path in zip(spec["figures"].items(), records, strict=True):
        figures[name] = {"table": table, "commit": commit_of(read_record(path))}
    read = {path: path.read_text("utf-8") for path in texts}
    known = {name for pair in DEFINED.findall("\n".join(read.values())) for name in pair}
    for path, text in read.items():
        for name in CLAIMED.findall(COMMENT.sub("", text)):
            if name not in known:
                raise InputError(f"{path}: there is no claim {name!r} in paper/claims.yaml")
    write_text(register_file, register(read.values(), read_json(values), figures))
