"""The verdicts on the claims of ``paper/claims.yaml``."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from rethinking.analysis.query import RunOf, Sample, select, unit_of
from rethinking.analysis.specs import ClaimsSpec
from rethinking.analysis.verdicts import (
    Verdict,
    adjusted,
    best,
    deciding,
    judge,
    region_of,
    worst,
)
from rethinking.errors import InputError
from rethinking.files import read_json, write_json
from rethinking.names.kinds import load_kind
from rethinking.names.ledger import ANY_SCALE, LEDGER
from rethinking.names.units import UNITS
from rethinking.tables import read_table

P_VALUES = ("p_value", "least_p_value")


@dataclass(frozen=True)
class Evidence:
    """The results of an experiment."""

    runs: pd.DataFrame  # the table of all its runs
    chance: float  # the accuracy of guessing
    run_of: RunOf


def evaluate(
    claim: Mapping[str, Any], evidence: Mapping[str, Evidence], scale: str
) -> dict[str, Any]:
    """Judge one claim: its verdict is the worst of the verdicts on its criteria.

    Args:
        claim: An entry of the ledger.
        evidence: The results of all experiments of the scale, by name.
        scale: The name of the scale.

    Returns:
        The entry of the ledger with ``verdict``, ``why`` (the reason if it is not tested),
        ``units_needed`` (if it is undecided: the number of units that would decide every group if
        means and spreads stayed), ``p_value`` (the largest of its criteria, because all must hold;
        Berger, 1982), ``least_p_value`` (the least possible) and ``criteria``. Each criterion has
        ``verdict``, ``unit`` (of its estimates), ``region`` (two ends; None for an open end),
        ``tests`` as :func:`rethinking.analysis.verdicts.judge` returns them, and ``deciding``, the
        index of the test that decides.

    Raises:
        InputError: The claim names an unknown column, metric or value.
    """
    why = None
    if claim["scale"] not in (ANY_SCALE, scale):
        why = f"it is for scale {claim['scale']}"
    elif missing := {entry["experiment"] for entry in claim["criteria"].values()} - set(evidence):
        why = f"this scale has no {', '.join(sorted(missing))}"
    criteria = {}
    for name, criterion in claim["criteria"].items():
        experiment = criterion["experiment"]
        samples: list[Sample] = []
        # A claim for another scale may name metrics that this scale does not measure.
        if why is None:
            try:
                of = evidence[experiment]
                samples = select(of.runs, experiment, criterion, of.chance, of.run_of)
            except InputError as error:
                raise InputError(f"criterion {name}: {error}") from error
        criteria[name] = _judged(criterion, samples, evidence.get(experiment), scale)
    verdict = worst(judged["verdict"] for judged in criteria.values())
    if why is None and verdict == "not tested":
        untested = [name for name, judged in criteria.items() if not judged["tests"]]
        why = f"this scale has no runs for {', '.join(untested)}"
    units_needed = None
    if verdict == "undecided":
        undecided = [judged for judged in criteria.values() if judged["verdict"] == verdict]
        needed = [_units_needed(judged) for judged in undecided]
        units_needed = None if None in needed else max(filter(None, needed))
    entry = {key: value for key, value in claim.items() if key != "criteria"}
    return {
        "says": {},
        **entry,
        "verdict": verdict,
        "why": why,
        "units_needed": units_needed,
        **{key: _largest(judged[key] for judged in criteria.values()) for key in P_VALUES},
        "criteria": criteria,
    }


def _largest(p_values: Iterable[float | None]) -> float | None:
    return max((value for value in p_values if value is not None), default=None)


def _units_needed(judged: Mapping[str, Any]) -> int | None:
    """The number of units that would decide a criterion; None if it is unknown."""
    needed = [test["units_needed"] for test in judged["tests"] if test["verdict"] == "undecided"]
    if judged["quantifier"] == "some":
        return min((units for units in needed if units is not None), default=None)
    return None if None in needed else max(needed)


def _judged(
    criterion: Mapping[str, Any],
    samples: Sequence[Sample],
    evidence: Evidence | None,
    scale: str,
) -> dict[str, Any]:
    region = region_of(criterion, math.nan if evidence is None else evidence.chance, scale)
    bound = criterion.get("bound", "none")
    if criterion["estimator"] == "images_to_reach":
        bound = "lower_where_unfitted"  # the estimator marks its bounds as unfitted
    quantifier = criterion["quantifier"]
    tests = [judge(sample, region, criterion["interval"], bound) for sample in samples]
    p_values = {}
    for key in P_VALUES:
        known = [test[key] for test in tests if test[key] is not None]
        # If all groups must hold, the largest p-value counts; if one is enough, the least times
        # their number (Bonferroni).
        bonferroni = min(1.0, min(known) * len(known)) if known else None
        p_values[key] = bonferroni if quantifier == "some" else _largest(known)
    verdict: Verdict = "not tested"
    if tests:
        verdict = (best if quantifier == "some" else worst)(test["verdict"] for test in tests)
    return {
        **criterion,
        "verdict": verdict,
        "unit": _unit(criterion, evidence),
        "region": [
            round(end, 12) if math.isfinite(end) else None for end in (region.low, region.high)
        ],
        **p_values,
        "deciding": deciding(tests, region, quantifier) if tests else None,
        "tests": tests,
    }


def _unit(criterion: Mapping[str, Any], evidence: Evidence | None) -> str:
    """The unit of the estimates of a criterion."""
    unit = "number" if evidence is None else unit_of(evidence.runs, criterion["metric"])
    match criterion["estimator"]:
        case "value":
            return unit
        case "difference" | "by_order":
            return UNITS[unit].difference
        case _:
            return "ratio"


def evaluate_all(
    ledger: Mapping[str, Any], evidence: Mapping[str, Evidence], scale: str
) -> dict[str, Any]:
    """Judge all claims, in the order of the ledger.

    Args:
        ledger: The content of ``paper/claims.yaml``.
        evidence: The results of all experiments of the scale, by name.
        scale: The name of the scale.

    Returns:
        The content of ``claims.json``, by ``workflow/schemas/verdicts.schema.yaml``: the ``scale``
        and, by name, the result of :func:`evaluate` for each claim with ``adjusted_p_value``, its
        p-value adjusted for the number of claims that have one (Holm, 1979).

    Raises:
        InputError: A claim names an unknown column, metric or value.
    """
    claims: dict[str, dict[str, Any]] = {}
    for name, claim in ledger["claims"].items():
        try:
            claims[name] = evaluate(claim, evidence, scale)
        except InputError as error:
            raise InputError(f"{LEDGER}: {name}: {error}") from error
    p_values = adjusted([claim["p_value"] for claim in claims.values()])
    for claim, p_value in zip(claims.values(), p_values, strict=True):
        claim["adjusted_p_value"] = p_value
    return {"scale": scale, "claims": claims}


def write_claims(
    ledger: Path, runs: list[Path], datasets: list[Path], claims: Path, spec: ClaimsSpec
) -> None:
    """Write the verdicts on all claims.

    Args:
        ledger: ``paper/claims.yaml``.
        runs: The table of all runs of each experiment, in the order of ``spec``.
        datasets: The description of the data set of each experiment.
        claims: The JSON to write.
        spec: The experiments.
    """
    evidence = {
        name: Evidence(
            read_table(path),
            read_json(dataset)["chance_accuracy"],
            partial(load_kind(kind).run, name),
        )
        for (name, kind), path, dataset in zip(
            spec.experiments.items(), runs, datasets, strict=True
        )
    }
    content = yaml.safe_load(ledger.read_text("utf-8"))
    write_json(claims, evaluate_all(content, evidence, spec.scale))
