"""Print the verdicts on the claims of both parents."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich import box
from rich.console import Console
from rich.table import Table

from rethinking.config.entries import suggest
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.paper.macros import with_interval
from rethinking.paper.verdicts import deciding_criterion, group_label, region_text
from rethinking.provenance import DamagedError, check

# What LaTeX prints, and the same in a terminal.
PLAIN = {
    r"\\,\\%": " %",
    r"\$\\,\\times 10\^\{(-?\d+)\}\$": r" × 10^\1",
    r"\\infty": "∞",
    r"\\times": "×",
    r"\\kappa": "κ",
    r"\\ge\b": "≥",
    r"\\le\b": "≤",
    r"10\^\{(-?\d+)\}": r"10^\1",
    r"\\,": " ",
    r"``|''": '"',
    r"\$|\\(?=[&%$#_{}])": "",
}
STYLES = {"supported": "green", "refuted": "red", "undecided": "yellow", "not tested": "dim"}


def print_claims(scale: str, results: str, names: Sequence[str]) -> int:
    """Print a row for each claim or, of some claims, one for each group that they are about.

    Args:
        scale: At which they were tested.
        results: The folder that holds the results of all scales.
        names: Of the claims that are asked for in full; all, a row each, if there are none.

    Returns:
        0.

    Raises:
        InputError: There are no verdicts, or no such claim.
    """
    path = Path(results, scale, "claims.json")
    if not path.exists():
        raise InputError(f"{path} is missing; build the paper at that scale first")
    try:
        check(path)
    except DamagedError as error:
        raise InputError(f"{error}; rethinking run {path} makes it again") from error
    claims = read_json(path)["claims"]
    for name in names:
        if name not in claims:
            raise InputError(f"there is no claim {name!r}; {suggest(name, claims)}")
    config = yaml.safe_load(Path("config.yaml").read_text("utf-8"))
    labels = {name: model["label"] for name, model in config["models"].items()}
    console = Console()
    # What is no terminal has no width to keep to.
    if not console.is_terminal:
        console = Console(width=200)
    for name in names:
        console.print(in_full(name, claims[name], labels))
    if not names:
        console.print(overview(claims, scale, labels))
        counts = [claim["verdict"] for claim in claims.values()]
        told = [f"{counts.count(verdict)} {verdict}" for verdict in STYLES]
        console.print(f"{', '.join(told)}; rethinking claims NAME has all groups of one")
    return 0


def overview(claims: Mapping[str, Any], scale: str, labels: Mapping[str, str]) -> Table:
    """A row for each claim: its verdict, and the estimate that it rests on most."""
    table = Table(box=box.SIMPLE_HEAD, title=f"Claims at scale {scale}", title_justify="left")
    for heading in ("", "claim", "verdict", "rests on", "estimate", "claimed", "seeds", "scale"):
        table.add_column(heading, overflow="fold")
    for name, claim in claims.items():
        criterion = deciding_criterion(claim)
        cells = [claim["why"] or "", "", "", ""]
        if criterion is not None:
            judged = claim["criteria"][criterion]
            test = judged["tests"][judged["deciding"]]
            of = f"{judged['of']} ({plain(group_label(test['group'], labels))})"
            cells = [of, estimate(test, judged), plain(region_text(judged)), str(test["n"])]
        verdict = claim["verdict"]
        table.add_row(
            name, claim["statement"], f"[{STYLES[verdict]}]{verdict}[/]", *cells, claim["scale"]
        )
    return table


def in_full(name: str, claim: Mapping[str, Any], labels: Mapping[str, str]) -> Table:
    """A row for each group of runs that a claim is about."""
    title = f"{name}: {claim['statement']} -- {claim['verdict']}"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", caption=claim["why"])
    for heading in ("criterion", "group", "estimate", "claimed", "seeds", "d", "p", "verdict"):
        table.add_column(heading, overflow="fold")
    for judged in claim["criteria"].values():
        for test in judged["tests"]:
            size, p_value, verdict = test["effect_size"], test["p_value"], test["verdict"]
            table.add_row(
                judged["of"],
                plain(group_label(test["group"], labels)),
                estimate(test, judged),
                plain(region_text(judged)),
                str(test["n"]),
                "" if size is None else f"{size:.1f}",
                "" if p_value is None else f"{p_value:.2g}",
                f"[{STYLES[verdict]}]{verdict}[/]" + (f" ({test['why']})" if test["why"] else ""),
            )
        table.add_section()
    return table


def estimate(test: Mapping[str, Any], judged: Mapping[str, Any]) -> str:
    """An estimate with its interval, as the paper has it."""
    if test["estimate"] is None:
        return "--"
    return plain(with_interval({**test, "value": test["estimate"], "unit": judged["unit"]}))


def plain(text: str) -> str:
    """What LaTeX would print of a number or of a label."""
    for pattern, shown in PLAIN.items():
        text = re.sub(pattern, shown, text)
    return text.replace("[", r"\[")
