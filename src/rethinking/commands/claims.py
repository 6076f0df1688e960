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
WHOLE = ("", "verdict", "seeds", "scale")  # columns with unbroken words
WIDE = 120  # the least width of a terminal for all columns


def print_claims(scale: str, results_dir: Path, claims: Sequence[str]) -> int:
    """Print a row for each claim or, for the named claims, a row for each group of runs.

    Args:
        scale: The scale of the results.
        results_dir: The folder with the results of all scales.
        claims: The names of claims to print in full; none for a row for each claim.

    Raises:
        InputError: There are no verdicts, or no such claim, or ``config.yaml`` cannot be read.
    """
    path = Path(results_dir, scale, "claims.json")
    if not path.exists():
        scales = sorted(file.parent.name for file in Path(results_dir).glob("*/claims.json"))
        known = f" (or --scale {' or '.join(scales)})" if scales else ""
        raise InputError(f"{path} is missing; build the paper at that scale first{known}")
    try:
        check(path)
    except DamagedError as error:
        raise InputError(f"{error}; rethinking run {path} makes it again") from error
    judged = read_json(path)["claims"]
    for name in claims:
        if name not in judged:
            raise InputError(f"there is no claim {name!r}; {suggest(name, judged)}")
    labels = {}
    if Path("config.yaml").exists():  # only in a clone of the project
        config = read_yaml(Path("config.yaml"))
        labels = {name: model["label"] for name, model in config["models"].items()}
    console = Console()
    # A file or a pipe has no width.
    if not console.is_terminal:
        console = Console(width=200)
    for name in claims:
        console.print(in_full(name, judged[name], labels))
    if not claims:
        rows = overview(judged, labels)
        if console.width < WIDE:
            rows = rows[["", "claim", "verdict", "estimate"]]
        console.print(_printable(rows, f"Claims at scale {scale}"))
        verdicts = [claim["verdict"] for claim in judged.values()]
        counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in STYLES)
        console.print(f"{counts}; rethinking claims NAME has all groups of one")
    return 0


def in_full(name: str, claim: Mapping[str, Any], labels: Mapping[str, str]) -> Table:
    """A row for each group of runs of a claim, and a line between criteria."""
    title = f"{name}: {claim['statement']} -- {claim['verdict']}"
    ends = set(accumulate(len(judged["tests"]) for judged in claim["criteria"].values()))
    return _printable(groups(claim, labels), title, caption=claim["why"], ends=ends)


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
