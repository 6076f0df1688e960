"""From what was measured on single networks to tidy tables of an experiment."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.intervals import Interval, mean_interval
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.names.condition import parse_condition
from rethinking.names.units import unit_of
from rethinking.networks.regularization import change_table, early_stopping_table
from rethinking.tables import read_table, write_table

KEYS = ["dataset", "condition", "label_noise", "model", "recipe"]
# Metrics of a single network that pictures show.
DECISION = "decision_"
SETTING = ["dataset", "condition", "model", "recipe"]


def runs_table(
    measured: Iterable[pd.DataFrame],
    infos: Iterable[Mapping[str, Any]],
    settings: Sequence[Mapping[str, str]],
    times: bool,
    curves: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row for each network and metric.

    To what was measured are added, from the record of each training, ``epochs`` (until it ended;
    NaN where it diverged) and ``interpolated`` (1 or 0), and where the experiment is about times
    what :func:`interpolation_table` gives; where it compares regularisation, what
    ``rethinking.networks.regularization`` gives.

    Args:
        measured: Tables as ``rethinking.networks.measure`` writes them, of which the rows without
            coordinates are used.
        infos: The info files of all blocks of the experiment; members that no table names are
            left out.
        settings: Those of the experiment, references included; others are left out.
        times: Whether the experiment is about times; all networks then trained at a constant rate.
        curves: Where it compares regularisation, the learning curves of its networks.

    Returns:
        Columns :data:`KEYS`, seed, metric, value, points, note, in the order of ``settings``.

    Raises:
        InputError: Two measures call what they give the same.
    """
    table = pd.concat(measured, ignore_index=True)
    table = table[table["x"].isna()].drop(columns=["x", "y"])
    outcomes = pd.DataFrame(row for info in infos for row in _outcomes(info))
    used = table[[*SETTING, "seed"]].drop_duplicates()
    table = pd.concat([table, outcomes.merge(used)], ignore_index=True)
    twice = table["metric"][table.duplicated([*SETTING, "seed", "metric"])]
    if len(twice):  # the mean would be over both
        raise InputError(f"metric {twice.iloc[0]} is measured twice; give one of them another name")
    if times:
        table = pd.concat([table, interpolation_table(table)], ignore_index=True)
    if curves is not None:
        # They train to the end, whether they fit or not.
        table = table[table["metric"] != "interpolated"]
        added = [early_stopping_table(curves, table), change_table(table)]
        table = pd.concat([table, *added], ignore_index=True)
    return _of_settings(table, settings)


def profiles_table(
    measured: Iterable[pd.DataFrame], settings: Sequence[Mapping[str, str]]
) -> pd.DataFrame:
    """Curves and pictures: means over seeds with 95 % intervals, for each of their points.

    Args:
        measured: Tables as ``rethinking.networks.measure`` writes them, of which the rows with
            coordinates are used.
        settings: Those of the experiment, references included; others are left out.

    Returns:
        Columns :data:`KEYS`, metric, x, y, note, n, excluded, mean, low, high.
    """
    table = pd.concat(measured, ignore_index=True)
    curves = table["x"].notna() & ~table["metric"].str.startswith(DECISION)
    points = _of_settings(table[curves], settings)
    return summarised(points, [*KEYS, "metric", "x", "y", "note"])


def planes_table(
    measured: Iterable[pd.DataFrame], settings: Sequence[Mapping[str, str]]
) -> pd.DataFrame:
    """What networks decide on a plane through three images: no means, for classes have none.

    Args:
        measured: Tables as ``rethinking.networks.measure`` writes them, of which the rows of
            metrics ``decision_…`` are used.
        settings: Those of the experiment, references included; others are left out.

    Returns:
        Columns :data:`KEYS`, seed, x, y, and of each point ``class`` and ``margin`` or, where one
        of the three images lies, ``image``, its label.
    """
    table = pd.concat(measured, ignore_index=True)
    points = table[table["metric"].str.startswith(DECISION)]
    points = points.assign(metric=points["metric"].str.removeprefix(DECISION))
    wide = points.pivot_table("value", [*SETTING, "seed", "y", "x"], "metric")
    return _of_settings(wide.reset_index().rename_axis(columns=None), settings)


def _of_settings(table: pd.DataFrame, settings: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """The rows of some settings, in their order, with their label noise."""
    table = pd.DataFrame(settings)[SETTING].merge(table)
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
        Columns :data:`KEYS`, metric, n, excluded, mean, low, high, note (why there is no value); in
        the order of first appearance.
    """
    notes = runs.groupby([*KEYS, "metric"], sort=False, dropna=False)["note"].first()
    return summarised(runs, [*KEYS, "metric"]).assign(note=notes.to_numpy())


def summarised(runs: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Means with 95 % intervals of the rows that agree in some columns, ``metric`` among them.

    With them ``seeds``, those that have a value, as in ``0-2 4``.
    """
    place = by.index("metric")
    rows = []
    for keys, group in runs.groupby(by, sort=False, dropna=False):
        points = group["points"].iloc[0]
        interval = mean_interval(
            group["value"].to_numpy(dtype=float),
            unit=unit_of(str(keys[place])),
            points=None if pd.isna(points) else int(points),
        )
        seeds = {"seeds": in_ranges(group.loc[group["value"].notna(), "seed"])}
        rows.append(dict(zip(by, keys, strict=True)) | vars(interval) | seeds)
    return pd.DataFrame(rows, columns=[*by, *(field.name for field in fields(Interval)), "seeds"])


def in_ranges(seeds: Iterable[int]) -> str:
    """Whole numbers in order, each run of neighbours as its ends: ``0-2 4``."""
    found: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if found and seed == found[-1][-1] + 1:
            found[-1] = [found[-1][0], seed]
        else:
            found.append([seed])
    return " ".join("-".join(map(str, ends)) for ends in found)


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


def write_metrics(
    measured: Iterable[Path],
    infos: Iterable[Path],
    curves: Iterable[Path],
    runs: Path,
    summary: Path,
    spec: Mapping[str, Any],
) -> None:
    """Write the table of all runs of an experiment and its summary.

    Args:
        measured: What was measured.
        infos: The info file of each block.
        curves: The learning curve of each block if the experiment compares regularisation, or none.
        runs: The first table to write.
        summary: The second.
        spec: The job's spec; read here are ``settings`` and ``times``.
    """
    tables, records = map(read_table, measured), [read_json(info) for info in infos]
    learning = [
        read_table(path).assign(**{key: info[key] for key in SETTING})
        for path, info in zip(curves, records, strict=False)
    ]
    table = runs_table(
        tables,
        records,
        spec["settings"],
        spec["times"],
        pd.concat(learning, ignore_index=True) if learning else None,
    )
    write_table(table, runs)
    write_table(summary_table(table), summary)


def write_profiles(measured: Iterable[Path], profiles: Path, spec: Mapping[str, Any]) -> None:
    """Write the curves and pictures of an experiment.

    Args:
        measured: What was measured.
        profiles: The table to write.
        spec: The job's spec; read here is ``settings``.
    """
    write_table(profiles_table(map(read_table, measured), spec["settings"]), profiles)


def write_planes(measured: Iterable[Path], planes: Path, spec: Mapping[str, Any]) -> None:
    """Write the decisions on a plane, of one network of each setting of an experiment.

    Args:
        measured: What was measured.
        planes: The table to write.
        spec: The job's spec; read here is ``settings``.
    """
    write_table(planes_table(map(read_table, measured), spec["settings"]), planes)


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
    table = curves_table(map(read_table, curves), map(read_json, infos), spec["seeds"])
    write_table(table, path)
