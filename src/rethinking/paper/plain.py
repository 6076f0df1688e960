"""Verdicts as tables of plain text, for a terminal and for HTML."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rethinking.paper.escape import LATEX
from rethinking.paper.numbers import with_interval
from rethinking.paper.verdicts import deciding_criterion, group_label, region_text

# LaTeX to plain text.
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
    """A row for each claim of ``claims.json``: its verdict, and the estimate that decides it."""
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
    """A row for each group of runs of a claim of ``claims.json``."""
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
    """An estimate with its interval, as the paper prints it."""
    if test["estimate"] is None:
        return "--"
    return plain(with_interval({**test, "value": test["estimate"], "unit": judged["unit"]}))


def plain(text: str) -> str:
    """Convert LaTeX of a number or label to plain text."""
    text = EXPONENT.sub(lambda match: match[1].translate(SUPERSCRIPT), text)
    # One pass, because an unescaped name may look like mathematics.
    return TOKEN.sub(lambda match: PLAIN[match[0]], text)
