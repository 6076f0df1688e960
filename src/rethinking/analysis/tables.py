"""From what was measured on single networks to tidy tables of an experiment."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.intervals import mean_interval
from rethinking.analysis.units import unit_of
from rethinking.data.condition import parse_condition
from rethinking.files import read_json, replacing

KEYS = ["dataset", "condition", "label_noise", "model", "recipe"]
SETTING = ["dataset", "condition", "model", "recipe"]


def runs_table(
    measured: Iterable[pd.DataFrame], infos: Iterable[Mapping[str, Any]], constant_rate: bool
) -> pd.DataFrame:
    """One row for each network and metric.

    To what was measured are added, from the record of each training, ``epochs`` (until it ended;
    NaN where it diverged) and ``interpolated`` (1 or 0), and where the rate was constant what
    :func:`interpolation_table` gives.

    Args:
        measured: Tables as ``rethinking.measures.measure`` writes them; settings of other
            experiments are left out.
        infos: The info files of all blocks of the experiment; members that no table names are
            left out.
        constant_rate: Whether all networks trained at a constant learning rate.

    Returns:
        Columns :data:`KEYS`, seed, metric, value, points, by setting in the order of ``infos``.
    """
    table = pd.concat(measured, ignore_index=True)
    outcomes = pd.DataFrame(row for info in infos for row in _outcomes(info))
    used = table[[*SETTING, "seed"]].drop_duplicates()
    table = pd.concat([table, outcomes.merge(used)], ignore_index=True)
    if constant_rate:
        table = pd.concat([table, interpolation_table(table)], ignore_index=True)
    table = outcomes[SETTING].drop_duplicates().merge(table)
    noise = table["condition"].map(lambda text: parse_condition(text).label_noise)
    table.insert(2, "label_noise", noise.astype(float))
    return table


def interpolation_table(runs: pd.DataFrame) -> pd.DataFrame:
    """When each network interpolated, and what it was then worth.

    This means something at a constant learning rate only: where the rate is annealed, it is the
    schedule that decides when a network interpolates.

    Args:
        runs: Columns :data:`SETTING`, seed, metric, value, points.

    Returns:
        The same columns. ``epochs_to_interpolate``; ``relative_epochs``, the same over that of the
        network of the same seed on true labels; ``test_error_at_interpolation`` (share of test
        images). NaN where a network did not interpolate.
    """
    run = [*SETTING, "seed"]
    pair = [key for key in run if key != "condition"]

    def of(metric: str, value: str) -> pd.DataFrame:
        rows = runs.loc[runs["metric"] == metric, [*run, "value", "points"]]
        return rows.rename(columns={"value": value})

    ended = of("interpolated", "fitted").drop(columns="points").merge(of("epochs", "epochs"))
    ended["epochs_to_interpolate"] = ended["epochs"].where(ended["fitted"] == 1)
    found = [_as_metric(ended[run], "epochs_to_interpolate", ended["epochs_to_interpolate"])]
    clean = ended.loc[ended["condition"] == "true_labels", [*pair, "epochs_to_interpolate"]]
    if len(clean):
        # A left join keeps the order of the runs.
        both = ended.merge(clean, how="left", on=pair, suffixes=("", "_clean"))
        relative = both["epochs_to_interpolate"] / both["epochs_to_interpolate_clean"]
        found.append(_as_metric(ended[run], "relative_epochs", relative))
    accuracy = of("test_accuracy", "accuracy").merge(ended[[*run, "fitted"]])
    error = (1 - accuracy["accuracy"]).where(accuracy["fitted"] == 1)
    found.append(_as_metric(accuracy[[*run, "points"]], "test_error_at_interpolation", error))
    return pd.concat(found, ignore_index=True)


def _as_metric(runs: pd.DataFrame, metric: str, values: pd.Series) -> pd.DataFrame:
    return runs.assign(metric=metric, value=values)


def _outcomes(info: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    setting = {key: info[key] for key in SETTING}
    for member in info["members"]:
        keys = setting | {"seed": member["seed"]}
        interpolated = float(member["status"] == "interpolated")
        epochs = math.nan if member["status"] == "diverged" else float(member["epochs"])
        yield keys | {"metric": "epochs", "value": epochs}
        yield keys | {"metric": "interpolated", "value": interpolated, "points": 1}


def summary_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds with 95 % intervals.

    Args:
        runs: What :func:`runs_table` gives.

    Returns:
        Columns :data:`KEYS`, metric, n, excluded, mean, low, high; the order of first appearance.
    """
    rows = []
    for keys, group in runs.groupby([*KEYS, "metric"], sort=False, dropna=False):
        points = group["points"].iloc[0]
        interval = mean_interval(
            group["value"].to_numpy(dtype=float),
            unit=unit_of(str(keys[-1])),
            points=None if pd.isna(points) else int(points),
        )
        rows.append(dict(zip([*KEYS, "metric"], keys, strict=True)) | vars(interval))
    return pd.DataFrame(rows)


def curves_table(
    curves: Iterable[pd.DataFrame],
    infos: Iterable[Mapping[str, Any]],
    seeds: Mapping[str, Sequence[int]],
) -> pd.DataFrame:
    """The learning curves of all networks: :data:`KEYS`, then ``rethinking.training.fit.Epoch``.

    Args:
        curves: The curve of each block.
        infos: Its info file.
        seeds: For each model, the seeds in use; a block may hold more.
    """
    tables = []
    for curve, info in zip(curves, infos, strict=True):
        keys = {key: info[key] for key in KEYS if key != "label_noise"}
        keys["label_noise"] = parse_condition(info["condition"]).label_noise
        used = curve[curve["seed"].isin(seeds[info["model"]])]
        tables.append(pd.DataFrame(keys, index=used.index)[KEYS].join(used))
    return pd.concat(tables, ignore_index=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table: CSV, numbers to the last digit, empty where there is none."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def write_metrics(
    measured: Iterable[Path],
    infos: Iterable[Path],
    runs: Path,
    summary: Path,
    spec: Mapping[str, Any],
) -> None:
    """Write the table of all runs of an experiment and its summary.

    Args:
        measured: What was measured.
        infos: The info file of each block.
        runs: The first table to write.
        summary: The second.
        spec: The job's spec; read here is ``schedule``.
    """
    constant_rate = spec["schedule"] == "constant"
    table = runs_table(map(pd.read_csv, measured), map(read_json, infos), constant_rate)
    write_table(table, runs)
    write_table(summary_table(table), summary)


def write_curves(
    curves: Iterable[Path], infos: Iterable[Path], path: Path, spec: Mapping[str, Any]
) -> None:
    """Write the learning curves of an experiment.

    Args:
        curves: The curve of each block.
        infos: Its info file.
        path: The table to write.
        spec: The job's spec; read here is ``seeds``.
    """
    table = curves_table(map(pd.read_csv, curves), map(read_json, infos), spec["seeds"])
    write_table(table, path)
