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
# Columns of a result; all other columns identify its subject.
RESULT = {"metric", "value", "unit", "points", "note", "x", "fitted", "run"}
# From a row to the folder of the network or function that was measured.
RunOf = Callable[[Mapping[Any, Any]], str]
# Columns with values from the config: a claim is not tested at a scale that lacks its value.
FROM_CONFIG = {
    "condition", "function", "images", "l2", "label_noise", "model",
    "n1", "n2", "regularization", "source", "student_images",
}  # fmt: skip
EXTREMES = {"most": max, "least": min}
FITTED = "interpolated"


@dataclass(frozen=True)
class Sample:
    """One value for each unit (seed or teacher) of a group that a criterion is about."""

    group: Mapping[str, Any]  # the columns that distinguish groups, with the values of this group
    seeds: Sequence[int]  # the units
    values: NDArray[np.float64]  # a value for each unit, or NaN
    points: int | None = None  # the sample size of shares of a sample of images
    at_least: frozenset[int] = frozenset()  # units whose values are lower bounds
    at_most: frozenset[int] = frozenset()  # units whose values are upper bounds
    runs: Sequence[str] = ()  # the measured networks or functions, as folders of the scale


def select(
    runs: pd.DataFrame,
    experiment: str,
    criterion: Mapping[str, Any],
    chance: float,
    run_of: RunOf,
) -> list[Sample]:
    """Select the values that a criterion is about, group by group.

    Args:
        runs: The table of all runs of the experiment.
        experiment: The name of the experiment.
        criterion: An entry of ``paper/claims.yaml``, which explains its keys.
        chance: The accuracy of guessing.
        run_of: From a row to the folder of its run.

    Returns:
        A sample for each group, or one of means over groups; none if this scale has no such runs.

    Raises:
        InputError: The criterion names an unknown column, metric or value, or several rows for one
            unit.
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
        here = _compared(table, experiment, criterion, here, chance)
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
    """Add columns for claims: regularization, whether networks fitted, and the run."""
    table = runs if "x" not in runs else runs[runs["x"].isna()].drop(columns="x")
    if "recipe" in table:
        table = table.assign(regularization=table["recipe"].map(regularization_of))
    keys = _keys(table)
    fitted = table.loc[table["metric"] == FITTED, [*keys, "value"]]
    if fitted.empty:
        fitted = table.loc[table["metric"] == "train_accuracy", [*keys, "value"]]
        fitted = fitted.assign(value=(fitted["value"] == 1).astype(float))
    # A teacher has a row in several cells.
    fitted = fitted.rename(columns={"value": "fitted"}).drop_duplicates(keys)
    table = table.merge(fitted, how="left", on=keys)
    return table.assign(run=[run_of(row) for row in table.to_dict("records")])


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in map(str, table.columns) if name not in RESULT]


def _check_columns(table: pd.DataFrame, experiment: str, criterion: Mapping[str, Any]) -> None:
    """Raise if a column is unknown, or an estimator lacks the columns that it needs."""
    over, where, against = criterion["over"], criterion["where"], criterion.get("against", {})
    columns = [*over, *where, *(column for column in against if column != "metric")]
    filters = [value for value in where.values() if isinstance(value, Mapping)]
    columns += [value["same_as"] for value in filters if "same_as" in value]
    columns += ["n1", "n2"] if criterion["estimator"] == "images_to_reach" else []
    known = sorted(set(_keys(table)) - {UNIT})
    for column in columns:
        if column not in known:
            raise InputError(
                f"runs.csv of {experiment} has no column {column!r}; known: {', '.join(known)}"
            )
    stepwise = against.get("label_noise") == PREVIOUS
    if stepwise and "label_noise" not in over:
        raise InputError("label_noise: previous needs label_noise under over; add it")
    if criterion["estimator"] == "fall_over_ceiling" and not stepwise:
        raise InputError("fall_over_ceiling needs against: {label_noise: previous}; write that")


def _rows(
    table: pd.DataFrame,
    experiment: str,
    metric: str,
    where: Mapping[str, Any],
    over: Sequence[str],
    estimator: str,
) -> pd.DataFrame:
    """The selected rows of a metric: one for each group and unit."""
    rows = table[table["metric"] == metric]
    # A table of diverged networks only has no other metric.
    if rows.empty and set(table["metric"]) != {FITTED}:
        known = ", ".join(sorted(set(table["metric"])))
        raise InputError(f"runs.csv of {experiment} has no metric {metric!r}; known: {known}")
    extremes = {column: value for column, value in where.items() if str(value) in EXTREMES}
    for column, value in where.items():
        if column in extremes:
            continue
        chosen = _chosen(rows, column, value)
        if not chosen.any() and len(rows) and column not in FROM_CONFIG:
            raise InputError(
                f"runs.csv of {experiment} has no {metric} with {column} {value!r}; "
                f"known: {', '.join(map(str, rows[column].unique()))}"
            )
        rows = rows[chosen]
    rows = rows.dropna(subset=list(over))
    for column, extreme in extremes.items():
        others = [name for name in over if name != column]
        groups = [group for _, group in rows.groupby(others, sort=False)] if others else [rows]
        kept = [group[group[column] == EXTREMES[extreme](group[column])] for group in groups]
        rows = pd.concat(kept) if kept else rows
    _check_unique(rows, experiment, metric, over, estimator)
    return rows


def _chosen(rows: pd.DataFrame, column: str, value: Any) -> "pd.Series[bool]":
    if isinstance(value, Mapping):
        if "same_as" in value:
            return rows[column] == rows[value["same_as"]]
        return ~rows[column].isin(_listed(value["not"]))
    return rows[column].isin(_listed(value))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_unique(
    rows: pd.DataFrame, experiment: str, metric: str, over: Sequence[str], estimator: str
) -> None:
    unique = [*over, UNIT, *(["n2"] if estimator == "images_to_reach" else [])]
    repeated = rows[rows.duplicated(unique, keep=False)]
    if repeated.empty:
        return
    (_, first), *_ = repeated.groupby(unique, sort=False)
    differ = [column for column in _keys(rows) if len(set(map(str, first[column]))) > 1]
    raise InputError(
        f"{metric} of {experiment} is not one number for each unit: rows differ in "
        f"{', '.join(differ)}; name it under where or over"
    )


def _compared(
    table: pd.DataFrame,
    experiment: str,
    criterion: Mapping[str, Any],
    here: pd.DataFrame,
    chance: float,
) -> pd.DataFrame:
    """The values of an estimator that compares each row with another row of the same unit."""
    over, against = criterion["over"], dict(criterion["against"])
    metric = against.pop("metric", criterion["metric"])
    if against.get("label_noise") == PREVIOUS:
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
    # A group without any other row at this scale is not tested.
    both = both[both.groupby(over)["run_other"].transform("count") > 0]
    value, other = both["value"], both["value_other"]
    match criterion["estimator"]:
        case "difference":
            estimates = value - other
        case "ratio":
            less = chance if criterion.get("above_chance") else 0.0
            # A ratio to zero, or to less than chance, means nothing.
            estimates = (value - less) / (other - less).where(other > less)
        case _:  # fall_over_ceiling; the ceiling is 1 − (1 − chance) p
            ceiling_fall = (1 - chance) * (both["label_noise"] - both["before"])
            estimates = (other - value) / ceiling_fall
    # An unfitted unit in either term makes the estimate a bound on one side.
    return both.assign(value=estimates, points=np.nan)


def _pairs(here: pd.DataFrame, order: pd.DataFrame, over: Sequence[str]) -> pd.DataFrame:
    """The differences within pairs of groups that differ in the last column.

    The first group of a pair has the larger mean of the metric ``order``. Only functions that fit
    all their training labels are compared.
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
    """n* over n₁ of each unit; outside the range of sizes, the nearest size as a bound.

    Sizes where κ is undefined do not count; a unit without any other size has no value.
    """
    rows = []
    unknown = dict.fromkeys(("value", "points", "fitted", "fitted_other"), np.nan)
    for _, curve in curves.groupby([*over, UNIT], sort=False):
        row = curve.iloc[0].to_dict() | unknown
        known = curve.dropna(subset="value").sort_values("n2")
        if len(known):
            sizes = known["n2"].to_numpy()
            n = images_to_reach(sizes, known["value"].to_numpy(dtype=float), reach)
            row["value"] = min(n, float(sizes[-1])) / row["n1"]
            # Bounds are marked like unfitted networks: no size, or the least size, reached κ.
            row["fitted"], row["fitted_other"] = float(np.isfinite(n)), float(n > sizes[0])
        rows.append(row)
    return pd.DataFrame(rows, columns=[*curves.columns, "fitted_other"])


def _sample(group: Mapping[str, Any], rows: pd.DataFrame, table: pd.DataFrame) -> Sample:
    """A sample; units of the same model without a row, because they diverged, have no value."""
    # A pair of models is no model of the table: it has the units of its rows.
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
    """The units with an unfitted term; none if there is no such term."""
    if column not in by_seed:
        return frozenset()
    return frozenset(int(seed) for seed in by_seed.index[by_seed[column] == 0])


def _mean_of(samples: Sequence[Sample]) -> Sample:
    """The means over groups, for the units that all groups have."""
    seeds = sorted(set.intersection(*(set(sample.seeds) for sample in samples)))
    values = [dict(zip(sample.seeds, sample.values, strict=True)) for sample in samples]
    return Sample(
        group={},
        seeds=seeds,
        values=np.array([np.mean([by_seed[seed] for by_seed in values]) for seed in seeds]),
        at_least=frozenset().union(*(sample.at_least for sample in samples)),
        at_most=frozenset().union(*(sample.at_most for sample in samples)),
        runs=list(dict.fromkeys(run for sample in samples for run in sample.runs)),
    )
