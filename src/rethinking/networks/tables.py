"""From measurements of single networks to tidy tables of an experiment."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.summaries import summarised, summary_table, with_label_noise
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.names.columns import SEED
from rethinking.names.columns import SETTING as SETTING_COLUMNS
from rethinking.networks.regularization import change_table, early_stopping_table
from rethinking.networks.specs import Setting, TablesSpec
from rethinking.tables import read_table, write_table

SETTING = list(SETTING_COLUMNS)
KEYS = ["dataset", "condition", "label_noise", "model", "recipe"]
# Metrics of a single network that pictures show.
DECISION = "decision_"


def write_metrics(
    measured: list[Path],
    infos: list[Path],
    curves: list[Path],
    runs: Path,
    summary: Path,
    spec: TablesSpec,
) -> None:
    """Write the table of all runs of an experiment and its summary.

    Args:
        measured: Tables of ``rethinking.networks.measure``.
        infos: The description of each block.
        curves: The learning curve of each block if the experiment compares regularisation, or none.
        runs: Of :func:`runs_table`, to write.
        summary: Its means, to write.
        spec: Which networks.
    """
    records = [read_json(info) for info in infos]
    learning = [
        read_table(path).assign(**{key: info[key] for key in SETTING})
        for path, info in zip(curves, records, strict=False)
    ]
    joined = pd.concat(learning, ignore_index=True) if learning else None
    table = runs_table(map(read_table, measured), records, spec, joined)
    write_table(table, runs)
    write_table(summary_table(table, KEYS), summary)


def write_profiles(measured: list[Path], table: Path, spec: TablesSpec) -> None:
    """Write :func:`profiles_table` of tables of ``rethinking.networks.measure``."""
    write_table(profiles_table(map(read_table, measured), spec.settings), table)


def write_planes(measured: list[Path], table: Path, spec: TablesSpec) -> None:
    """Write :func:`planes_table` of tables of ``rethinking.networks.measure``."""
    write_table(planes_table(map(read_table, measured), spec.settings), table)


def write_curves(curves: list[Path], infos: list[Path], table: Path, spec: TablesSpec) -> None:
    """Write :func:`curves_table` of the curves and descriptions of all blocks."""
    found = curves_table(map(read_table, curves), map(read_json, infos), spec.seeds)
    write_table(found, table)


def runs_table(
    measured: Iterable[pd.DataFrame],
    infos: Iterable[Mapping[str, Any]],
    spec: TablesSpec,
    curves: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row for each network and metric.

    To the measurements are added, from the description of each training, ``epochs`` (until it
    ended; NaN where it diverged), ``interpolated`` (1 or 0) and, where the experiment reports them,
    the accuracies; where it is about times, :func:`interpolation_table`; where it compares
    regularisation, the tables of ``rethinking.networks.regularization``.

    Args:
        measured: Tables of ``rethinking.networks.measure``, of which the rows without coordinates
            are used.
        infos: The descriptions of all blocks of the experiment.
        spec: Which networks are used. If it is about times, all trained at a constant rate.
        curves: Where the experiment compares regularisation, the learning curves of its networks.

    Returns:
        Columns :data:`KEYS`, seed, metric, value, unit, points, note, in the order of the settings.

    Raises:
        InputError: Two measures give metrics of the same name.
    """
    outcomes = pd.DataFrame(row for info in infos for row in _outcomes(info, spec.accuracies))
    table = pd.concat([*measured, outcomes], ignore_index=True)
    if "x" in table:
        table = table[table["x"].isna()].drop(columns=["x", "y"])
    table = _in_use(table, spec.seeds)
    twice = table["metric"][table.duplicated([*SETTING, SEED, "metric"])]
    if len(twice):  # the mean would be over both
        raise InputError(f"metric {twice.iloc[0]} is measured twice; give one of them another name")
    if spec.times:
        table = pd.concat([table, interpolation_table(table)], ignore_index=True)
    if curves is not None:
        # They train to the end, whether they fit or not.
        table = table[table["metric"] != "interpolated"]
        added = [early_stopping_table(curves, table), change_table(table)]
        table = pd.concat([table, *added], ignore_index=True)
    return _of_settings(table, spec.settings)


def profiles_table(measured: Iterable[pd.DataFrame], settings: Sequence[Setting]) -> pd.DataFrame:
    """Curves and pictures: means over seeds with 95 % intervals, for each of their points.

    Args:
        measured: Tables of ``rethinking.networks.measure``, of which the rows with coordinates
            are used.
        settings: Those of the experiment, references included; others are left out.

    Returns:
        Columns :data:`KEYS`, metric, x, y, note, and those of
        ``rethinking.analysis.summaries.summarised``.
    """
    table = pd.concat(measured, ignore_index=True)
    curves = table["x"].notna() & ~table["metric"].str.startswith(DECISION)
    points = _of_settings(table[curves], settings)
    return summarised(points, [*KEYS, "metric", "x", "y", "note"])


def planes_table(measured: Iterable[pd.DataFrame], settings: Sequence[Setting]) -> pd.DataFrame:
    """The decisions of networks on a plane through three images: classes have no means.

    Args:
        measured: Tables of ``rethinking.networks.measure``, of which the rows of metrics
            ``decision_…`` are used.
        settings: Those of the experiment, references included; others are left out.

    Returns:
        Columns :data:`KEYS`, seed, x, y, and of each point ``class`` and ``margin`` or, where one
        of the three images lies, ``image``, its label.
    """
    table = pd.concat(measured, ignore_index=True)
    points = table[table["metric"].str.startswith(DECISION)]
    points = points.assign(metric=points["metric"].str.removeprefix(DECISION))
    wide = points.pivot_table("value", [*SETTING, SEED, "y", "x"], "metric")
    return _of_settings(wide.reset_index().rename_axis(columns=None), settings)


def curves_table(
    curves: Iterable[pd.DataFrame],
    infos: Iterable[Mapping[str, Any]],
    seeds: Mapping[str, Sequence[int]],
) -> pd.DataFrame:
    """The learning curves of all networks: :data:`KEYS`, then ``rethinking.training.curve.Epoch``.

    Args:
        curves: The curve of each block.
        infos: Its description.
        seeds: For each model, the seeds in use; a block may hold more.
    """
    tables = [
        with_label_noise(curve.assign(**{key: info[key] for key in SETTING})[[*SETTING, *curve]])
        for curve, info in zip(curves, infos, strict=True)
    ]
    return _in_use(pd.concat(tables, ignore_index=True), seeds).reset_index(drop=True)


def interpolation_table(runs: pd.DataFrame) -> pd.DataFrame:
    """When each network interpolated, and its test error then.

    This means something at a constant learning rate only: where the rate is annealed, it is the
    schedule that decides when a network interpolates.

    Args:
        runs: Columns :data:`SETTING`, seed, metric, value, points.

    Returns:
        The same columns and unit. ``epochs_to_interpolate``; ``relative_epochs``, the same over
        that of the network of the same seed on true labels; ``test_error_at_interpolation`` (share
        of test images). NaN where a network did not interpolate.
    """
    run = [*SETTING, SEED]
    pair = [key for key in run if key != "condition"]

    def of(metric: str, value: str) -> pd.DataFrame:
        rows = runs.loc[runs["metric"] == metric, [*run, "value", "points"]]
        return rows.rename(columns={"value": value})

    ended = of("interpolated", "fitted").drop(columns="points").merge(of("epochs", "epochs"))
    ended["epochs_to_interpolate"] = ended["epochs"].where(ended["fitted"] == 1)
    needed = ended["epochs_to_interpolate"]
    found = [ended[run].assign(metric="epochs_to_interpolate", value=needed, unit="epochs")]
    clean = ended.loc[ended["condition"] == "true_labels", [*pair, "epochs_to_interpolate"]]
    if len(clean):
        # A left join keeps the order of the runs.
        both = ended.merge(clean, how="left", on=pair, suffixes=("", "_clean"))
        relative = both["epochs_to_interpolate"] / both["epochs_to_interpolate_clean"]
        found.append(ended[run].assign(metric="relative_epochs", value=relative, unit="ratio"))
    accuracy = of("test_accuracy", "accuracy").merge(ended[[*run, "fitted"]])
    error = (1 - accuracy["accuracy"]).where(accuracy["fitted"] == 1)
    metric = "test_error_at_interpolation"
    found.append(accuracy[[*run, "points"]].assign(metric=metric, value=error, unit="share"))
    return pd.concat(found, ignore_index=True)


def _in_use(table: pd.DataFrame, seeds: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """The rows of seeds in use; of each model, because models differ in their number."""
    pairs = [(model, seed) for model, used in seeds.items() for seed in used]
    return table.merge(pd.DataFrame(pairs, columns=["model", SEED]))


def _of_settings(table: pd.DataFrame, settings: Sequence[Setting]) -> pd.DataFrame:
    """The rows of some settings, in their order, with their label noise."""
    return with_label_noise(pd.DataFrame(map(asdict, settings))[SETTING].merge(table))


def _outcomes(info: Mapping[str, Any], accuracies: bool) -> Iterable[dict[str, Any]]:
    setting = {key: info[key] for key in SETTING}
    for member in info["members"]:
        keys = setting | {SEED: member["seed"]}
        fitted = float(member["status"] == "interpolated")
        epochs = math.nan if member["status"] == "diverged" else float(member["epochs"])
        yield keys | {"metric": "epochs", "value": epochs, "unit": "epochs"}
        yield keys | {"metric": "interpolated", "value": fitted, "unit": "seeds", "points": 1}
        for metric in member["metrics"] if accuracies else ():
            yield {
                **keys,
                **metric,
                "value": math.nan if metric["value"] is None else metric["value"],
            }
