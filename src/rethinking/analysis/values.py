"""Every number that the paper prints, with where it comes from."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.labels import (
    construction_key,
    efficiency_key,
    main_rows,
    transfer_key,
)
from rethinking.analysis.units import unit_of
from rethinking.files import read_json, write_json
from rethinking.provenance import read_record, record_of
from rethinking.training.recipe_name import NONE, regularization_of


def write_values(
    summaries: Iterable[Path],
    infos: Iterable[Path],
    datasets: Iterable[Path],
    constructions: Iterable[Path],
    constructed: Iterable[Path],
    transfers: Iterable[Path],
    efficiencies: Iterable[Path],
    students: Iterable[Path],
    values: Path,
    spec: Mapping[str, Any],
) -> None:
    """Collect the numbers of the paper.

    Args:
        summaries: The summary table of each experiment.
        infos: The info files of all blocks, for the commits that produced them.
        datasets: The description of the data set of each experiment.
        constructions: The summary table of each construction.
        constructed: What was measured of all blocks of all, for the commits that constructed them,
            at ``construction/block.csv``.
        transfers: The summary table of each transfer.
        efficiencies: The table of sample efficiency of each transfer.
        students: Who the students of all transfers are, for the commits that trained them, at
            ``transfer/model/group/block/students.json``.
        values: The JSON to write: key to value, low, high, n, unit, source, row, commits.
        spec: The job's spec; read here are ``experiments``, ``labels`` (of the data set of
            each), ``constructions``, ``transfers``, and ``facts``, the sizes from the config.
    """
    commits: dict[str, set[str]] = {}
    collected: dict[str, Any] = {}
    for path in students:
        commits.setdefault(path.parents[3].name, set()).add(_commit(path))
    for path in infos:
        info = read_json(path)
        commits.setdefault(_setting(info), set()).add(_commit(path))
        # The same for all networks of a model, unless experiments differ in the size of images.
        key, source = f"models/{info['model']}", f"runs/{_setting(info)}"
        collected[f"{key}/parameters"] = _fact(info["parameters"], "number", source)
        collected[f"{key}/precision"] = _fact(info["precision"], "text", source)
    for experiment, summary, dataset, label in zip(
        spec["experiments"], summaries, datasets, spec["labels"], strict=True
    ):
        collected |= summary_values(experiment, pd.read_csv(summary), commits)
        collected[f"{experiment}/data/label"] = _fact(label, "text", "config.yaml")
        for key, value in read_json(dataset).items():
            if isinstance(value, int | float):
                unit = "share" if key == "chance_accuracy" else "number"
                source = f"data/{dataset.parent.name}/{dataset.name}"
                collected[f"{experiment}/data/{key}"] = _fact(value, unit, source)
    for path in constructed:
        commits.setdefault(path.parent.name, set()).add(_commit(path))
    for construction, summary in zip(spec["constructions"], constructions, strict=True):
        found = construction_values(construction, pd.read_csv(summary))
        made = {"commits": sorted(commits.get(construction, ()))}
        collected |= {key: value | made for key, value in found.items()}
    for transfer, summary, efficiency in zip(
        spec["transfers"], transfers, efficiencies, strict=True
    ):
        found = transfer_values(transfer, pd.read_csv(summary))
        found |= efficiency_values(transfer, pd.read_csv(efficiency))
        made = {"commits": sorted(commits.get(transfer, ()))}
        collected |= {key: value | made for key, value in found.items()}
    for key, value in spec["facts"].items():
        unit = "text" if isinstance(value, str) else "number"
        collected[key] = _fact(value, unit, "config.yaml")
    write_json(values, collected)


def summary_values(
    experiment: str, summary: pd.DataFrame, commits: Mapping[str, Iterable[str]]
) -> dict[str, Any]:
    """The numbers of a summary table, keyed ``experiment/model/condition/metric``.

    Of regularised networks: ``experiment/model/condition/regularization/metric``.

    Args:
        experiment: Its name.
        summary: What ``rethinking.analysis.tables.summary_table`` gives.
        commits: The commits that produced each setting, by ``dataset/condition/model/recipe``.
    """
    found = {}
    for number, row in enumerate(summary.to_dict("records")):
        setting, regularization = _setting(row), regularization_of(row["recipe"])
        names = [experiment, row["model"], row["condition"], regularization, row["metric"]]
        found["/".join(name for name in names if name != NONE)] = {
            **_summarised(row, f"tables/{experiment}/summary.csv", number),
            # Of references no network was trained.
            "commits": sorted(commits.get(setting, ())),
        }
    return found


def construction_values(construction: str, summary: pd.DataFrame) -> dict[str, Any]:
    """The numbers of a construction's summary table, but for those of curves.

    ``construction/function/images/condition/metric``, and behind ``images`` the penalty where
    there is one to choose. Of the most images of a function also with ``most`` in place of their
    number.

    Args:
        construction: Its name.
        summary: What ``rethinking.analysis.constructions.summary_table`` gives.
    """
    found = {}
    most = summary.groupby("function")["images"].max()
    for number, row in summary[summary["x"].isna()].to_dict("index").items():
        source = f"tables/{construction}/summary.csv"
        value = _summarised(row, source, int(str(number)))
        found[f"{construction}/{construction_key(row)}"] = value
        if row["images"] == most[row["function"]]:
            found[f"{construction}/{construction_key(row | {'images': 'most'})}"] = value
    return found


def transfer_values(transfer: str, summary: pd.DataFrame) -> dict[str, Any]:
    """The numbers of a transfer's summary table.

    Of teachers with the most images and, of their students, those with the most:
    ``transfer/model/images/student_images/source/learner-labels/test/metric``, and for teachers
    alone ``transfer/model/images/student_images/source/teacher/test/metric``.

    Args:
        transfer: Its name.
        summary: What ``rethinking.analysis.transfer.summary_table`` gives.
    """
    found = {}
    for number, row in main_rows(summary).to_dict("index").items():
        found[f"{transfer}/{transfer_key(row)}"] = _summarised(
            row, f"tables/{transfer}/summary.csv", int(str(number))
        )
    return found


def efficiency_values(transfer: str, table: pd.DataFrame) -> dict[str, Any]:
    """The numbers of a transfer's table of sample efficiency.

    ``transfer/model/images-n1/student_images/learner-labels/threshold/…`` with ``n_star``,
    ``n_star_over_n1``, ``reached`` and ``teachers``.

    Args:
        transfer: Its name.
        table: What ``rethinking.analysis.transfer.sample_efficiency_table`` gives.
    """
    found = {}
    source = f"tables/{transfer}/sample_efficiency.csv"
    for number, row in table.to_dict("index").items():
        key = f"{transfer}/{efficiency_key(row)}"
        for name in ("n_star", "n_star_over_n1", "reached", "teachers"):
            unit = "size" if name.startswith("n_star") else "number"
            value = _or_none(float(row[name]))
            found[f"{key}/{name}"] = {
                "value": value,
                "low": None,
                "high": None,
                "unit": unit,
                "source": source,
                "row": int(str(number)) + 2,
            }
    return found


def _summarised(row: Mapping[Any, Any], source: str, number: int) -> dict[str, Any]:
    return {
        "value": _or_none(row["mean"]),
        "low": _or_none(row["low"]),
        "high": _or_none(row["high"]),
        "n": row["n"],
        "unit": unit_of(row["metric"]),
        "source": source,
        "row": number + 2,  # as a spreadsheet counts: the header is row 1
    }


def _commit(path: Path) -> str:
    """The commit at which a result was made, with a plus if the code was not all in it."""
    made = read_record(record_of(path))
    return (made["commit"] or "unknown") + ("+" if made["dirty"] else "")


def _setting(keys: Mapping[Any, Any]) -> str:
    return "/".join(keys[key] for key in ("dataset", "condition", "model", "recipe"))


def _fact(value: float | str, unit: str, source: str) -> dict[str, Any]:
    return {"value": value, "low": None, "high": None, "unit": unit, "source": source}


def _or_none(value: float) -> float | None:
    return None if pd.isna(value) else value
