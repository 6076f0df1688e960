"""Tidy tables of an experiment, from measurements of single networks."""

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
    """Write :func:`runs_table` of an experiment, and the summary of its means.

    ``measured`` are tables of ``rethinking.networks.measure``, ``infos`` the descriptions of all
    blocks, and ``curves`` their learning curves if the experiment compares regularisation.
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
    """Write the :func:`profiles_table` of tables of ``rethinking.networks.measure``."""
    write_table(profiles_table(map(read_table, measured), spec.settings), table)


def write_planes(measured: list[Path], table: Path, spec: TablesSpec) -> None:
    """Write the :func:`planes_table` of tables of ``rethinking.networks.measure``."""
    write_table(planes_table(map(read_table, measured), spec.settings), table)


def write_curves(curves: list[Path], infos: list[Path], table: Path, spec: TablesSpec) -> None:
    """Write the :func:`curves_table` of the curves and descriptions of all blocks."""
    joined = curves_table(map(read_table, curves), map(read_json, infos), spec.seeds)
    write_table(joined, table)


def runs_table(
    measured: Iterable[pd.DataFrame],
    infos: Iterable[Mapping[str, Any]],
    spec: TablesSpec,
    curves: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row for each network and metric.

    The description of each training adds ``epochs`` (until its end; NaN if it diverged),
    ``interpolated`` (1 or 0) and, if the experiment reports them, the accuracies. An experiment
    about times adds :func:`interpolation_table`, and one that compares regularisation adds the
    tables of ``rethinking.networks.regularization``, with its learning curves. Metrics of the same
    name from two measures raise InputError.

    Args:
        measured: Tables of ``rethinking.networks.measure``; only rows without coordinates count.
        infos: The descriptions of all blocks of the experiment.
        spec: The networks in use; all have a constant rate if the experiment is about times.
        curves: The learning curves of the networks, if the experiment compares regularisation.

    Returns:
        Columns :data:`KEYS`, seed, metric, value, unit, points, note, in the order of the settings.
    """
    outcomes = pd.DataFrame(row for info in infos for row in _outcomes(info, spec.accuracies))
    table = pd.concat([*measured, outcomes], ignore_index=True)
    if "x" in table:
        table = table[table["x"].isna()].drop(columns=["x", "y"])
    table = _in_use(table, spec.seeds)
    repeated = table["metric"][table.duplicated([*SETTING, SEED, "metric"])]
    if len(repeated):  # means would be over both
        name = repeated.iloc[0]
        raise InputError(f"metric {name} is measured twice; give one of them another name")
    if spec.times:
        table = pd.concat([table, interpolation_table(table)], ignore_index=True)
    if curves is not None:
        # These networks train to the end, whether they fit or not.
        table = table[table["metric"] != "interpolated"]
        added = [early_stopping_table(curves, table), change_table(table)]
        table = pd.concat([table, *added], ignore_index=True)
    return _of_settings(table, spec.settings)


def profiles_table(measured: Iterable[pd.DataFrame], settings: Sequence[Setting]) -> pd.DataFrame:
    """Curves and pictures: means over seeds with 95 % intervals, for each of their points.

    Args:
        measured: Tables of ``rethinking.networks.measure``; only rows with coordinates count.
        settings: The settings of the experiment, with references; others are left out.

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

    The measurements are those of :func:`profiles_table`, of metrics ``decision_…``.

    Returns:
        Columns :data:`KEYS`, seed, x, y, and for each point ``class`` and ``margin`` or, at the
        position of one of the three images, ``image``, its label.
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

    Each block has a curve and a description, and may have more seeds than those in use of a model.
    """
    tables = [
        with_label_noise(curve.assign(**{key: info[key] for key in SETTING})[[*SETTING, *curve]])
        for curve, info in zip(curves, infos, strict=True)
    ]
    return _in_use(pd.concat(tables, ignore_index=True), seeds).reset_index(drop=True)


def interpolation_table(runs: pd.DataFrame) -> pd.DataFrame:
    """The time when each network interpolated, and its test error then.

    It has a meaning at a constant learning rate only: an annealed rate decides by its schedule when
    a network interpolates.

    Args:
        runs: Columns :data:`SETTING`, seed, metric, value, points.

    Returns:
        The same columns and unit: ``epochs_to_interpolate``; ``relative_epochs``, the ratio to the
        epochs of the network of the same seed on true labels; ``test_error_at_interpolation``
        (share of test images). NaN for a network that did not interpolate.
    """
    run = [*SETTING, SEED]
    pair = [key for key in run if key != "condition"]

    def of(metric: str, value: str) -> pd.DataFrame:
        rows = runs.loc[runs["metric"] == metric, [*run, "value", "points"]]
        return rows.rename(columns={"value": value})

    ended = of("interpolated", "fitted").drop(columns="points").merge(of("epochs", "epochs"))
    ended["epochs_to_interpolate"] = ended["epochs"].where(ended["fitted"] == 1)
    needed = ended["epochs_to_interpolate"]
    tables = [ended[run].assign(metric="epochs_to_interpolate", value=needed, unit="epochs")]
    clean = ended.loc[ended["condition"] == "true_labels", [*pair, "epochs_to_interpolate"]]
    if len(clean):
        # A left join keeps the order of the runs.
        both = ended.merge(clean, how="left", on=pair, suffixes=("", "_clean"))
        relative = both["epochs_to_interpolate"] / both["epochs_to_interpolate_clean"]
        tables.append(ended[run].assign(metric="relative_epochs", value=relative, unit="ratio"))
    accuracy = of("test_accuracy", "accuracy").merge(ended[[*run, "fitted"]])
    error = (1 - accuracy["accuracy"]).where(accuracy["fitted"] == 1)
    metric = "test_error_at_interpolation"
    tables.append(accuracy[[*run, "points"]].assign(metric=metric, value=error, unit="share"))
    return pd.concat(tables, ignore_index=True)


def _in_use(table: pd.DataFrame, seeds: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """The rows of the seeds in use, for each model, because models differ in their number."""
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
            value = math.nan if metric["value"] is None else metric["value"]
            yield {**keys, **metric, "value": value}
