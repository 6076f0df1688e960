"""Print the verdicts on the claims of both parents."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.paper.plain import groups, overview
from rethinking.step.provenance import DamagedError, check
from rethinking.study.entries import suggest
from rethinking.study.read import read_yaml

STYLES = {"supported": "green", "refuted": "red", "undecided": "yellow", "not tested": "dim"}
# Columns whose words are not broken; and how wide a terminal must be for all columns.
WHOLE, WIDE = ("", "verdict", "seeds", "scale"), 120


def print_claims(scale: str, results_dir: Path, claims: Sequence[str]) -> int:
    """Print a row for each claim or, of some claims, one for each group that they are about.

    Args:
        scale: At which they were tested.
        results_dir: The folder that holds the results of all scales.
        claims: The names of claims to print in full; none to print a row for each claim.

    Returns:
        0.

    Raises:
        InputError: There are no verdicts, or no such claim, or ``config.yaml`` cannot be read.
    """
    path = Path(results_dir, scale, "claims.json")
    if not path.exists():
        there = sorted(one.parent.name for one in Path(results_dir).glob("*/claims.json"))
        known = f" (or --scale {' or '.join(there)})" if there else ""
        raise InputError(f"{path} is missing; build the paper at that scale first{known}")
    try:
        check(path)
    except DamagedError as error:
        raise InputError(f"{error}; rethinking run {path} makes it again") from error
    found = read_json(path)["claims"]
    for name in claims:
        if name not in found:
            raise InputError(f"there is no claim {name!r}; {suggest(name, found)}")
    labels = {}
    if Path("config.yaml").exists():  # only in a clone of the project
        config = read_yaml(Path("config.yaml"))
        labels = {name: model["label"] for name, model in config["models"].items()}
    console = Console()
    # What is no terminal has no width to keep to.
    if not console.is_terminal:
        console = Console(width=200)
    for name in claims:
        console.print(in_full(name, found[name], labels))
    if not claims:
        rows = overview(found, labels)
        if console.width < WIDE:
            rows = rows[["", "claim", "verdict", "estimate"]]
        console.print(_printable(rows, f"Claims at scale {scale}"))
        counts = [claim["verdict"] for claim in found.values()]
        told = [f"{counts.count(verdict)} {verdict}" for verdict in STYLES]
        console.print(f"{', '.join(told)}; rethinking claims NAME has all groups of one")
    return 0


def in_full(name: str, claim: Mapping[str, Any], labels: Mapping[str, str]) -> Table:
    """A row for each group of runs that a claim is about, and a line between criteria."""
    title = f"{name}: {claim['statement']} -- {claim['verdict']}"
    tests = groups(claim, labels)
    ends = [len(judged["tests"]) for judged in claim["criteria"].values()]
    return _printable(tests, title, caption=claim["why"], ends=set(accumulate(ends)))


def _printable(
    rows: pd.DataFrame, title: str, caption: str | None = None, ends: Collection[int] = ()
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", caption=caption)
    for heading in rows.columns:
        words = " ".join(rows[heading]).split() if heading in WHOLE else []
        table.add_column(heading, overflow="fold", min_width=max(map(len, words), default=None))
    for number, row in enumerate(rows.to_dict("records"), start=1):
        style = STYLES[row["verdict"].partition(" (")[0]]
        cells = {key: escape(text) for key, text in row.items()}
        cells["verdict"] = f"[{style}]{cells['verdict']}[/]"
        table.add_row(*cells.values(), end_section=number in ends)
    return table
