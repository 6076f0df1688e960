"""Verdicts as tables of plain text, for a terminal and for HTML."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rethinking.paper.escape import LATEX
from rethinking.paper.numbers import with_interval
from rethinking.paper.verdicts import deciding_criterion, group_label, region_text

# LaTeX, and the same in plain text.
PLAIN = {
    **{latex: sign for sign, latex in LATEX.items()},
    r"\,": " ",
    r"\infty": "∞",
    r"\times": "×",
    r"\kappa": "κ",
    r"\ge": "≥",
    r"\le": "≤",
    "``": '"',
    "''": '"',
    "$": "",
}
TOKEN = re.compile("|".join(map(re.escape, sorted(PLAIN, key=len, reverse=True))))
EXPONENT = re.compile(r"(?<=10)\^\{(-?\d+)\}")
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def overview(claims: Mapping[str, Any], labels: Mapping[str, str]) -> pd.DataFrame:
    """A row for each claim: its verdict, and the estimate that it rests on most.

    Args:
        claims: The ``claims`` of ``claims.json``.
        labels: Of models.
    """
    rows = []
    for name, claim in claims.items():
        criterion = deciding_criterion(claim)
        row = {"": name, "claim": claim["statement"], "verdict": claim["verdict"]}
        row |= {"rests on": claim["why"] or "", "estimate": "", "claimed": "", "seeds": ""}
        if criterion is not None:
            judged = claim["criteria"][criterion]
            test = judged["tests"][judged["deciding"]]
            group = plain(group_label(test["group"], labels))
            row |= {"rests on": f"{judged['of']} ({group})", "estimate": estimate(test, judged)}
            row |= {"claimed": plain(region_text(judged)), "seeds": str(test["n"])}
        rows.append(row | {"scale": claim["scale"]})
    return pd.DataFrame(rows)


def groups(claim: Mapping[str, Any], labels: Mapping[str, str]) -> pd.DataFrame:
    """A row for each group of runs that a claim is about.

    Args:
        claim: Its entry in ``claims.json``.
        labels: Of models.
    """
    rows = []
    for judged in claim["criteria"].values():
        for test in judged["tests"]:
            size, p_value = test["effect_size"], test["p_value"]
            rows.append(
                {
                    "criterion": judged["of"],
                    "group": plain(group_label(test["group"], labels)),
                    "estimate": estimate(test, judged),
                    "claimed": plain(region_text(judged)),
                    "seeds": str(test["n"]),
                    "d": "" if size is None else f"{size:.1f}",
                    "p": "" if p_value is None else f"{p_value:.2g}",
                    "verdict": test["verdict"] + (f" ({test['why']})" if test["why"] else ""),
                }
            )
    return pd.DataFrame(rows)


def estimate(test: Mapping[str, Any], judged: Mapping[str, Any]) -> str:
    """An estimate with its interval, as the paper has it."""
    if test["estimate"] is None:
        return "--"
    return plain(with_interval({**test, "value": test["estimate"], "unit": judged["unit"]}))


def plain(text: str) -> str:
    """A number or label as LaTeX would print it."""
    text = EXPONENT.sub(lambda found: found[1].translate(SUPERSCRIPT), text)
    # In one pass, for a name may hold what would be mathematics without its backslash.
    return TOKEN.sub(lambda found: PLAIN[found[0]], text)
