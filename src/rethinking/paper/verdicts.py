"""Verdicts as LaTeX: sentences about claims, and the tables of claims and criteria."""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from rethinking.names.labels import (
    condition_label,
    function_label,
    kind_label,
    regularization_label,
)
from rethinking.paper.escape import escape
from rethinking.paper.numbers import threshold
from rethinking.paper.tabular import tabular

PREAMBLE = r"""% \claim{id} prints the sentence that follows from the verdict on a claim,
% \because{id} what it rests on most; \verdict{id} the verdict, as a link to the criteria;
% \ifverdict{id}{verdict}{text}, also with id/criterion, the text where that is the verdict.
\newcommand{\setverdict}[4]{%
  \expandafter\def\csname verdict@#1\endcsname{#2}%
  \expandafter\def\csname because@#1\endcsname{#3}%
  \expandafter\def\csname claim@#1\endcsname{#4}}
\newcommand{\claim}[1]{\csname claim@#1\endcsname}
\newcommand{\because}[1]{\csname because@#1\endcsname}
\newcommand{\verdict}[1]{\hyperlink{claim.#1}{\csname verdict@#1\endcsname}}
\newcommand{\ifverdict}[3]{%
  \edef\verdictasked{#2}\expandafter\ifx\csname verdict@#1\endcsname\verdictasked#3\fi}
"""
# The sentences of the paper if the ledger has none.
SENTENCES = {
    "supported": "Claim {name} (``{statement}'') is supported.",
    "refuted": "Claim {name} (``{statement}'') is refuted.",
    "undecided": "Claim {name} (``{statement}'') is undecided.",
    "not tested": "Claim {name} (``{statement}'') is not tested at this scale.",
}
SIGNS = {"at_least": r"$\ge$", "at_most": r"$\le$", "above": "$>$", "below": "$<$"}
NAMES = {"chance_accuracy": "chance", "chance_error": "the error of chance"}
MATHEMATICS = {
    "Cohen's kappa": r"Cohen's $\kappa$",
    "kappa": r"$\kappa$",
    "2n + d": "$2n + d$",
    "of n points in d dimensions": "of $n$ points in $d$ dimensions",
    "cycles per d": "cycles per $d$",
}
SET = re.compile("|".join(map(re.escape, MATHEMATICS)))
QUANTIFIERS = {"each": "each", "some": "some", "mean": "on the mean"}


def verdict_macros(claims: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    r"""Define ``\claim``, ``\because``, ``\verdict`` and ``\ifverdict`` for ``claims.json``.

    The group that decides is ``\val{claims/<claim>/<criterion>/group}``. Lists of claims by verdict
    are ``\val{claims/<source>/<verdict>}``, and ``\ifval`` tests whether there are any.
    """
    lines = [PREAMBLE]
    for name, claim in claims["claims"].items():
        verdict = claim["verdict"]
        sentence = claim["says"].get(verdict) or SENTENCES[verdict].format(
            name=name, statement=words(claim["statement"])
        )
        arguments = (name, verdict, because(name, claim), sentence.strip())
        lines.append(rf"\setverdict{{{'}{'.join(arguments)}}}")
        for criterion, judged in claim["criteria"].items():
            of_criterion = rf"\csname verdict@{name}/{criterion}\endcsname"
            lines.append(rf"\expandafter\def{of_criterion}{{{judged['verdict']}}}")
            if judged["tests"]:
                group = group_label(judged["tests"][judged["deciding"]]["group"], labels)
                lines.append(_text(f"claims/{name}/{criterion}/group", f"claim.{name}", group))
    for source, names in by_source_and_verdict(claims).items():
        listed = [rf"\hyperlink{{claim.{name}}}{{{name}}}" for name in names]
        text = " and ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))
        lines.append(_text(f"claims/{source}", None, text))
    return "\n".join(lines) + "\n"


def _text(key: str, anchor: str | None, text: str) -> str:
    linked = rf"\hyperlink{{{anchor}}}{{{text}}}" if anchor else text
    return (
        rf"\expandafter\def\csname est@{key}\endcsname{{{linked}}}"
        rf"\expandafter\def\csname val@{key}\endcsname{{{linked}}}"
    )


def by_source_and_verdict(claims: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of claims by ``<source>/<verdict>``, with ``not_tested`` as a verdict."""
    names: dict[str, list[str]] = {}
    for name, claim in claims["claims"].items():
        verdict = claim["verdict"].replace(" ", "_")
        names.setdefault(f"{claim['source']}/{verdict}", []).append(name)
    return names


def group_label(group: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The label of the group of runs of a test."""
    parts = []
    for column, value in group.items():
        match column:
            case "model":
                parts.append(escape(labels.get(value, value)))
            case "condition":
                parts.append(condition_label(value))
            case "regularization":
                parts.append(regularization_label(value))
            case "function":
                functions = str(value).split(" against ")
                parts.append(" against ".join(f"``{function_label(name)}''" for name in functions))
            case "images" if isinstance(value, str):
                parts.append(kind_label(value))
            case "images":
                parts.append(f"$n = {value}$")
            case "label_noise":
                parts.append(f"$p = {value:g}$")
            case _:
                parts.append(f"{escape(column)} {escape(str(value))}")
    return ", ".join(parts) if parts else "mean over all"


def because(name: str, claim: Mapping[str, Any]) -> str:
    r"""The evidence that decides a verdict, as LaTeX: the group, its estimate and the claim.

    Args:
        name: The name of the claim.
        claim: The entry of the claim in ``claims.json``.
    """
    criterion = deciding_criterion(claim)
    if criterion is None:
        return escape(claim["why"])
    judged, key = claim["criteria"][criterion], f"claims/{name}/{criterion}"
    test = judged["tests"][judged["deciding"]]
    estimate = "not known" if test["estimate"] is None else rf"{_bound(test)}\val{{{key}}}"
    group = rf" for \val{{{key}/group}}" if test["group"] else ""
    of_many = {"each": "the worst", "some": "the best"}.get(judged["quantifier"], "")
    rank = rf"; {of_many} of \est{{{key}/tests}}" if len(judged["tests"]) > 1 else ""
    text = f"the {words(judged['of'])} was {estimate}{group} (claimed {region_text(judged)}{rank})"
    if test["why"]:
        text += f"; {escape(test['why'])}"
    elif claim["units_needed"]:
        text += rf"; \est{{claims/{name}/units_needed}} seeds would decide, if means and spreads "
        text += "stayed"
    return text


def _bound(test: Mapping[str, Any]) -> str:
    """The words before an estimate if its interval is open on one side."""
    if (test["low"] is None) == (test["high"] is None):
        return ""
    return "at least " if test["high"] is None else "at most "


def deciding_criterion(claim: Mapping[str, Any]) -> str | None:
    """The first criterion with the verdict of the claim; None if none was tested."""
    for name, judged in claim["criteria"].items():
        if judged["verdict"] == claim["verdict"] and judged["tests"]:
            return str(name)
    return None


def claims_table(claims: Mapping[str, Any]) -> str:
    """A row for each claim of ``claims.json``: its statement, its verdict and the evidence."""
    groups = []
    for _, group in groupby(claims["claims"].items(), key=lambda item: item[1]["source"]):
        rows = []
        for name, claim in group:
            link = rf"\hyperlink{{claim.{name}}}{{{name}}}"
            macros = [rf"\verdict{{{name}}}", rf"\because{{{name}}}"]
            rows.append([link, words(claim["statement"]), *macros])
        groups.append(rows)
    columns = f"l{paragraph(0.33)}l{paragraph(0.46)}"
    return tabular(columns, ["", "claim", "verdict", "what it rests on"], *groups)


def criteria_table(claims: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    r"""A row for each criterion of each claim of ``claims.json``; numbers are ``\val``."""
    groups = []
    for name, claim in claims["claims"].items():
        rows = []
        target = rf"\hypertarget{{claim.{name}}}{{{name}}}"
        for criterion, judged in claim["criteria"].items():
            claimed = f"{region_text(judged)}, {QUANTIFIERS[judged['quantifier']]}"
            cells = [""] * 4
            if judged["tests"]:
                key, test = f"claims/{name}/{criterion}", judged["tests"][judged["deciding"]]
                estimate = "--" if test["estimate"] is None else rf"\val{{{key}}}"
                cells = [
                    rf"\est{{{key}/supported}}/\est{{{key}/refuted}}/\est{{{key}/undecided}}",
                    group_label(test["group"], labels),
                    rf"{estimate} (\est{{{key}/units}})",
                    "" if test["effect_size"] is None else rf"\est{{{key}/effect_size}}",
                ]
            rows.append([target, f"{words(judged['of'])}: {claimed}", *cells, judged["verdict"]])
            target = ""
        groups.append(rows)
    head = ["", "criterion", "s/r/u", "rests on", "estimate ($n$)", "$d$", "verdict"]
    columns = f"l{paragraph(0.34)}l{paragraph(0.2)}{paragraph(0.24)}rl"
    return tabular(columns, head, *groups)


def paragraph(width: float) -> str:
    """A column of paragraphs with a width in shares of the line."""
    return rf">{{\raggedright\arraybackslash}}p{{{width:g}\linewidth}}"


def words(text: str) -> str:
    """Escape words of the ledger for LaTeX, and typeset the mathematics in them."""
    return SET.sub(lambda match: MATHEMATICS[match.group(0)], escape(text))


def region_text(judged: Mapping[str, Any]) -> str:
    """The region that a criterion states."""

    def number(given: float | str) -> str:
        return NAMES[given] if isinstance(given, str) else threshold(given, judged["unit"])

    for key, sign in SIGNS.items():
        if key in judged:
            return f"{sign} {number(judged[key])}"
    low, high = judged["region"]
    if low is None:  # around the accuracy of chance, which an untested experiment does not know
        return f"about {number(judged['around'])}"
    return f"{number(low)} to {number(high)}"
