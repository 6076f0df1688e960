"""The verdicts on the claims of ``paper/claims.yaml``."""

import math
from collections.abc import Mapping, Sequence
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
    """The results of an experiment.

    Attributes:
        runs: The table of all its runs.
        chance: The accuracy of guessing.
        run_of: The folder of what a row was measured on.
    """

    runs: pd.DataFrame
    chance: float
    run_of: RunOf


def evaluate(
    claim: Mapping[str, Any], evidence: Mapping[str, Evidence], scale: str
) -> dict[str, Any]:
    """The verdict on one claim: that on the worst of its criteria.

    Args:
        claim: An entry of the ledger.
        evidence: The results of each experiment that the scale has, by name.
        scale: The name of the scale.

    Returns:
        The entry of the ledger; ``verdict``, ``why`` (it is not tested), ``units_needed`` (of
        one that is undecided: with which each group would decide, if its mean and spread stayed),
        ``p_value``, the largest of its criteria, because all must hold (Berger, 1982), and
        ``least_p_value``, the least that it could have been; and ``criteria``, each with
        ``verdict``, ``unit`` (of its estimates), ``region`` (two ends, None for none), ``tests`` as
        ``rethinking.analysis.verdicts.judge`` gives them, and ``deciding``, the place of the one
        that its verdict rests on most.

    Raises:
        InputError: It names a column, metric or value that there is not.
    """
    asked = {"says": {}} | {key: value for key, value in claim.items() if key != "criteria"}
    why = None
    if claim["scale"] not in (ANY_SCALE, scale):
        why = f"it is for scale {claim['scale']}"
    missing = {one["experiment"] for one in claim["criteria"].values()} - set(evidence)
    if why is None and missing:
        why = f"this scale has no {', '.join(sorted(missing))}"
    criteria = {}
    for name, criterion in claim["criteria"].items():
        experiment = criterion["experiment"]
        samples: list[Sample] = []
        # A claim for another scale may be about what this one does not measure.
        if why is None:
            try:
                of = evidence[experiment]
                samples = select(of.runs, experiment, criterion, of.chance, of.run_of)
            except InputError as error:
                raise InputError(f"criterion {name}: {error}") from error
        criteria[name] = _judged(criterion, samples, evidence.get(experiment), scale)
    verdicts: list[Verdict] = [one["verdict"] for one in criteria.values()]
    verdict = worst(verdicts)
    if why is None and verdict == "not tested":
        lacking = [name for name, one in criteria.items() if not one["tests"]]
        why = f"this scale has no runs for {', '.join(lacking)}"
    p_values = {
        key: max((one[key] for one in criteria.values() if one[key] is not None), default=None)
        for key in P_VALUES
    }
    found: dict[str, Any] = {"verdict": verdict, "why": why, "units_needed": None}
    if verdict == "undecided":
        needed = [_units_needed(one) for one in criteria.values() if one["verdict"] == verdict]
        found["units_needed"] = None if None in needed else max(filter(None, needed))
    return asked | found | p_values | {"criteria": criteria}


def _units_needed(judged: Mapping[str, Any]) -> int | None:
    """With how many units a criterion would be decided; None if that cannot be said."""
    tests = [test for test in judged["tests"] if test["verdict"] == "undecided"]
    needed = [test["units_needed"] for test in tests]
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
        bound = "lower_where_unfitted"  # that is how they are marked
    interval, quantifier = criterion["interval"], criterion["quantifier"]
    tests = [judge(sample, region, interval, bound) for sample in samples]
    # Of groups that must all do, the largest p-value counts; of those of which one must, the least,
    # times their number (Bonferroni).
    p_values = {
        key: [test[key] for test in tests if test[key] is not None] or [None] for key in P_VALUES
    }
    found: dict[str, float | None] = {
        key: (
            None
            if None in each
            else min(1.0, min(each) * len(each))
            if quantifier == "some"
            else max(each)
        )
        for key, each in p_values.items()
    }
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
        **found,
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
    """The verdicts on all claims, in the order of the ledger.

    Args:
        ledger: The content of ``paper/claims.yaml``.
        evidence: The results of each experiment that the scale has, by name.
        scale: The name of the scale.

    Returns:
        The content of ``claims.json``, by ``workflow/schemas/verdicts.schema.yaml``: the ``scale``
        and, by its name, what :func:`evaluate` gives for each claim with ``adjusted_p_value``, its
        p-value adjusted for the number of claims that have one (Holm, 1979).

    Raises:
        InputError: A claim names a column, metric or value that there is not.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, claim in ledger["claims"].items():
        try:
            found[name] = evaluate(claim, evidence, scale)
        except InputError as error:
            raise InputError(f"{LEDGER}: {name}: {error}") from error
    p_values = adjusted([claim["p_value"] for claim in found.values()])
    for claim, p_value in zip(found.values(), p_values, strict=True):
        claim["adjusted_p_value"] = p_value
    return {"scale": scale, "claims": found}


def write_claims(
    ledger: Path, runs: list[Path], datasets: list[Path], claims: Path, spec: ClaimsSpec
) -> None:
    """Write the verdicts on all claims.

    Args:
        ledger: ``paper/claims.yaml``.
        runs: The table of all runs of each experiment.
        datasets: The description of the data set of each.
        claims: The JSON to write.
        spec: The experiments, in this order.
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
