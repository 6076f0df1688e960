"""The values that a criterion of a claim is about: from a table of runs to one for each unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rethinking.analysis.sample_efficiency import images_to_reach
from rethinking.errors import InputError
from rethinking.names.ledger import PREVIOUS
from rethinking.names.recipe import regularization_of

UNIT = "seed"
# Columns that hold a result, or describe it; all others say what it is of.
RESULT = {"metric", "value", "unit", "points", "note", "x"}
# The folder of what a row was measured on, from the row.
RunOf = Callable[[Mapping[Any, Any]], str]
# Columns whose values the config names. Where a scale lacks one, it does not test the claim.
FROM_CONFIG = {
    "condition",
    "function",
    "images",
    "l2",
    "label_noise",
    "model",
    "n1",
    "n2",
    "regularization",
    "source",
    "student_images",
}
EXTREMES = {"most": max, "least": min}
FITTED = "interpolated"


@dataclass(frozen=True)
class Sample:
    """One value for each unit (seed or teacher), of one group of those that a criterion is about.

    Attributes:
        group: The columns that tell it from other groups, and their values here.
        seeds: The units.
        values: One for each; NaN for a unit that has none.
        points: For shares of a sample of images, its size.
        at_least: The units whose values are lower bounds: they were stopped before they were done.
        at_most: The units whose values are upper bounds.
        runs: The folders, below the results of the scale, of what the values were measured on.
    """

    group: Mapping[str, Any]
    seeds: Sequence[int]
    values: NDArray[np.float64]
    points: int | None = None
    at_least: frozenset[int] = frozenset()
    at_most: frozenset[int] = frozenset()
    runs: Sequence[str] = ()


def select(
    runs: pd.DataFrame,
    experiment: str,
    criterion: Mapping[str, Any],
    chance: float,
    run_of: RunOf,
) -> list[Sample]:
    """The values that a criterion is about, group by group.

    Args:
        runs: The table of all runs of its experiment.
        experiment: Its name.
        criterion: An entry of ``paper/claims.yaml``, which says what its keys mean.
        chance: The accuracy of guessing.
        run_of: The folder of what a row was measured on.

    Returns:
        A sample for each group, or one of means over groups; none if this scale has no such runs.

    Raises:
        InputError: It names a column, a metric or a value that there is not, or does not say which
            of several rows it means.
    """
    table = _prepared(runs, run_of)
    over: list[str] = criterion["over"]
    where: Mapping[str, Any] = criterion["where"]
    _check_columns(table, experiment, criterion)
    here = _rows(table, experiment, criterion["metric"], where, over, criterion["estimator"])
    if criterion["estimator"] == "images_to_reach":
        here = _images_to_reach(here, criterion["reach"], over)
    elif criterion["estimator"] == "by_order":
        order = _rows(table, experiment, criterion["order"], where, over, "value")
        here = _pairs(here, order, over)
    elif "against" in criterion:
        here = _with_other(table, experiment, criterion, here, chance)
    samples = [
        _sample(dict(zip(over, keys, strict=True)), rows, table)
        for keys, rows in here.groupby(over, sort=False)
    ]
    if criterion["quantifier"] == "mean" and samples:
        return [_mean_of(samples)]
    return samples


def unit_of(runs: pd.DataFrame, metric: str) -> str:
    """The unit of a metric in a table of runs; ``number`` where the table lacks it."""
    units = runs.loc[runs["metric"] == metric, "unit"]
    return "number" if units.empty else str(units.iloc[0])


def _prepared(runs: pd.DataFrame, run_of: RunOf) -> pd.DataFrame:
    """The table with columns for claims: regularization, whether networks fitted, and the run."""
    table = runs if "x" not in runs else runs[runs["x"].isna()].drop(columns="x")
    if "recipe" in table:
        table = table.assign(regularization=table["recipe"].map(regularization_of))
    keys = _keys(table)
    fitted = table.loc[table["metric"] == FITTED, [*keys, "value"]]
    if fitted.empty:
        fitted = table.loc[table["metric"] == "train_accuracy", [*keys, "value"]]
        fitted = fitted.assign(value=(fitted["value"] == 1).astype(float))
    # A teacher's row stands in several cells.
    fitted = fitted.rename(columns={"value": "fitted"}).drop_duplicates(keys)
    table = table.merge(fitted, how="left", on=keys)
    return table.assign(run=[run_of(row) for row in table.to_dict("records")])


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in map(str, table.columns) if name not in RESULT | {"fitted", "run"}]


def _check_columns(table: pd.DataFrame, experiment: str, criterion: Mapping[str, Any]) -> None:
    """Refuse columns that there are not, and estimators that lack theirs."""
    over, where, against = criterion["over"], criterion["where"], criterion.get("against", {})
    asked = [*over, *where, *(column for column in against if column != "metric")]
    asked += [one["same_as"] for one in where.values() if "same_as" in _options(one)]
    asked += ["n1", "n2"] if criterion["estimator"] == "images_to_reach" else []
    known = sorted(set(_keys(table)) - {UNIT})
    for column in asked:
        if column not in known:
            raise InputError(
                f"runs.csv of {experiment} has no column {column!r}; known: {', '.join(known)}"
            )
    stepwise = against.get("label_noise") == PREVIOUS
    if stepwise and "label_noise" not in over:
        raise InputError("label_noise: previous needs label_noise under over; add it")
    if criterion["estimator"] == "fall_over_ceiling" and not stepwise:
        raise InputError("fall_over_ceiling needs against: {label_noise: previous}; write that")


def _options(asked: Any) -> Mapping[str, Any]:
    return asked if isinstance(asked, Mapping) else {}


def _rows(
    table: pd.DataFrame,
    experiment: str,
    metric: str,
    where: Mapping[str, Any],
    over: Sequence[str],
    estimator: str,
) -> pd.DataFrame:
    """The rows of a metric that are meant: one for each group and unit."""
    found = table[table["metric"] == metric]
    # Of networks that all diverged nothing is known but that they did.
    if found.empty and set(table["metric"]) != {FITTED}:
        known = ", ".join(sorted(set(table["metric"])))
        raise InputError(f"runs.csv of {experiment} has no metric {metric!r}; known: {known}")
    for column, asked in where.items():
        if isinstance(asked, str) and asked in EXTREMES:
            continue
        chosen = _chosen(found, column, asked)
        if not chosen.any() and len(found) and column not in FROM_CONFIG:
            raise InputError(
                f"runs.csv of {experiment} has no {metric} with {column} {asked!r}; "
                f"known: {', '.join(map(str, found[column].unique()))}"
            )
        found = found[chosen]
    found = found.dropna(subset=list(over))
    for column, asked in where.items():
        if isinstance(asked, str) and asked in EXTREMES:
            others = [name for name in over if name != column]
            groups = found.groupby(others, sort=False) if others else [((), found)]
            kept = [rows[rows[column] == EXTREMES[asked](rows[column])] for _, rows in groups]
            found = pd.concat(kept) if kept else found
    _check_unique(found, experiment, metric, over, estimator)
    return found


def _chosen(found: pd.DataFrame, column: str, asked: Any) -> "pd.Series[bool]":
    if isinstance(asked, Mapping):
        if "same_as" in asked:
            return found[column] == found[asked["same_as"]]
        return ~found[column].isin(_listed(asked["not"]))
    return found[column].isin(_listed(asked))


def _listed(asked: Any) -> list[Any]:
    return asked if isinstance(asked, list) else [asked]


def _check_unique(
    found: pd.DataFrame, experiment: str, metric: str, over: Sequence[str], estimator: str
) -> None:
    unique = [*over, UNIT, *(["n2"] if estimator == "images_to_reach" else [])]
    twice = found[found.duplicated(unique, keep=False)]
    if twice.empty:
        return
    (_, first), *_ = twice.groupby(unique, sort=False)
    differ = [column for column in _keys(found) if len(set(map(str, first[column]))) > 1]
    raise InputError(
        f"{metric} of {experiment} is not one number for each unit: rows differ in "
        f"{', '.join(differ)}; name it under where or over"
    )


def _with_other(
    table: pd.DataFrame,
    experiment: str,
    criterion: Mapping[str, Any],
    here: pd.DataFrame,
    chance: float,
) -> pd.DataFrame:
    """The values of the estimator, from each row and the one that it is held against."""
    over, against = criterion["over"], dict(criterion["against"])
    metric = against.pop("metric", criterion["metric"])
    stepwise = against.get("label_noise") == PREVIOUS
    if stepwise:
        there = _rows(table, experiment, metric, criterion["where"], over, "value")
        others = [column for column in over if column != "label_noise"]
        levels = here[over].drop_duplicates().sort_values("label_noise")
        before = levels.groupby(others)["label_noise"] if others else levels["label_noise"]
        here = here.merge(levels.assign(before=before.shift()), on=over).dropna(subset="before")
        there = there.rename(columns={"label_noise": "before"})
        on = [*others, "before", UNIT]
    else:
        kept = [column for column in over if column not in against]
        there = _rows(table, experiment, metric, criterion["where"] | against, kept, "value")
        on = [*kept, UNIT]
    columns = [*on, "value", "fitted", "run"]
    both = here.merge(there[columns], how="left", on=on, suffixes=("", "_other"))
    # What has nothing to be held against at this scale is not tested.
    both = both[both.groupby(over)["run_other"].transform("count") > 0]
    value, other = both["value"], both["value_other"]
    match criterion["estimator"]:
        case "difference":
            estimates = value - other
        case "ratio":
            less = chance if criterion.get("above_chance") else 0.0
            # Nothing can be said in units of what is not there.
            estimates = (value - less) / (other - less).where(other > less)
        case _:  # fall_over_ceiling, of 1 − (1 − chance) p
            fallen = (1 - chance) * (both["label_noise"] - both["before"])
            estimates = (other - value) / fallen
    # A unit that was stopped late in one term or the other bounds the estimate from one side.
    return both.assign(value=estimates, points=np.nan)


def _pairs(here: pd.DataFrame, order: pd.DataFrame, over: Sequence[str]) -> pd.DataFrame:
    """The differences within pairs of groups that differ in the last column.

    From the value of the group with the larger mean of another metric that of the other is taken.
    Only functions that fit all their training labels are compared.
    """
    *others, last = over
    here = here[here.groupby(list(over))["fitted"].transform("min") != 0]
    means = order.groupby(list(over))["value"].mean().dropna().rename("order")
    ranked = here.merge(means.reset_index(), on=list(over))
    both = ranked.merge(ranked, on=[*others, UNIT], suffixes=("", "_other"))
    both = both[both["order"] > both["order_other"]]
    return both.assign(
        value=both["value"] - both["value_other"],
        points=np.nan,
        **{last: both[last].astype(str) + " against " + both[f"{last}_other"].astype(str)},
    )


def _images_to_reach(curves: pd.DataFrame, reach: float, over: Sequence[str]) -> pd.DataFrame:
    """n* over n₁ of each unit, within what was tried; beyond it stands at the edge, as a bound.

    What was tried is where κ is defined; a unit of which it never is has no value.
    """
    rows = []
    unknown = dict.fromkeys(("value", "points", "fitted", "fitted_other"), np.nan)
    for _, curve in curves.groupby([*over, UNIT], sort=False):
        row = curve.iloc[0].to_dict() | unknown
        known = curve.dropna(subset="value").sort_values("n2")
        if len(known):
            sizes = known["n2"].to_numpy()
            found = images_to_reach(sizes, known["value"].to_numpy(dtype=float), reach)
            row["value"] = min(found, float(sizes[-1])) / row["n1"]
            # Marked as unfitted networks are: κ was not reached, or it was with the fewest images.
            row["fitted"], row["fitted_other"] = float(np.isfinite(found)), float(found > sizes[0])
        rows.append(row)
    return pd.DataFrame(rows, columns=[*curves.columns, "fitted_other"])


def _sample(group: Mapping[str, Any], rows: pd.DataFrame, table: pd.DataFrame) -> Sample:
    """A sample, with the units of the same model that have no row, because they diverged."""
    # Of a pair of models, the units that both have.
    of_model = table[table["model"] == group["model"]] if "model" in group else rows
    seeds = sorted((of_model if len(of_model) else rows)[UNIT].unique())
    by_seed = rows.set_index(UNIT)
    points = rows["points"].dropna()
    runs = [rows[column] for column in ("run", "run_other") if column in rows]
    return Sample(
        group=group,
        seeds=[int(seed) for seed in seeds],
        values=by_seed["value"].reindex(seeds).to_numpy(dtype=float),
        points=int(points.iloc[0]) if len(points) else None,
        at_least=_unfitted(by_seed, "fitted"),
        at_most=_unfitted(by_seed, "fitted_other"),
        runs=list(dict.fromkeys(pd.concat(runs).dropna())),
    )


def _unfitted(by_seed: pd.DataFrame, column: str) -> frozenset[int]:
    """The units of which a term was stopped before it was done; none if there is no such term."""
    if column not in by_seed:
        return frozenset()
    return frozenset(int(seed) for seed in by_seed.index[by_seed[column] == 0])


def _mean_of(samples: Sequence[Sample]) -> Sample:
    """The means over groups, of the units that all of them have."""
    seeds = sorted(set.intersection(*(set(sample.seeds) for sample in samples)))
    each = [dict(zip(sample.seeds, sample.values, strict=True)) for sample in samples]
    return Sample(
        group={},
        seeds=seeds,
        values=np.array([np.mean([one[seed] for one in each]) for seed in seeds]),
        at_least=frozenset().union(*(sample.at_least for sample in samples)),
        at_most=frozenset().union(*(sample.at_most for sample in samples)),
        runs=list(dict.fromkeys(run for sample in samples for run in sample.runs)),
    )
