"""Every number that the paper prints, with where it comes from."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.files import read_json, write_json
from rethinking.names.labels import (
    construction_key,
    efficiency_key,
    main_rows,
    summary_key,
    transfer_key,
)
from rethinking.names.recipe import regularization_of
from rethinking.names.units import unit_of
from rethinking.networks.tables import in_ranges
from rethinking.step.provenance import commit_of, read_record, record_of
from rethinking.tables import read_table


def write_values(
    claims: Path,
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
        claims: ``claims.json``.
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
        values: The JSON to write: key to value, low, high, unit, source, and of results also row,
            n, seeds, runs (folders of the networks or functions that it rests on) and commits.
        spec: The job's spec; read here are ``experiments``, ``constructions``, ``transfers``,
            ``labels`` (of the data set of each of these) and ``facts``, the sizes from the config.
    """
    commits: dict[str, set[str]] = {}  # by the folder of what was made
    collected: dict[str, Any] = {}
    for path in students:
        commits.setdefault(f"transfers/{path.parents[3].name}", set()).add(_commit(path))
    for path in infos:
        info = read_json(path)
        commits.setdefault(run_of(info), set()).add(_commit(path))
        # The same for all networks of a model, unless experiments differ in the size of images.
        key, source = f"models/{info['model']}", run_of(info)
        collected[f"{key}/parameters"] = _fact(info["parameters"], "number", source)
        collected[f"{key}/precision"] = _fact(info["precision"], "text", source)
    for experiment, summary in zip(spec["experiments"], summaries, strict=True):
        collected |= summary_values(experiment, _read(summary), commits)
    for (experiment, label), dataset in zip(spec["labels"].items(), datasets, strict=True):
        collected[f"{experiment}/data/label"] = _fact(label, "text", "config.yaml")
        for key, value in read_json(dataset).items():
            if isinstance(value, int | float):
                unit = "share" if key == "chance_accuracy" else "number"
                source = f"data/{dataset.parent.name}/{dataset.name}"
                collected[f"{experiment}/data/{key}"] = _fact(value, unit, source)
    for path in constructed:
        commits.setdefault(f"constructions/{path.parent.name}", set()).add(_commit(path))
    for construction, summary in zip(spec["constructions"], constructions, strict=True):
        collected |= construction_values(construction, _read(summary), commits)
    for transfer, summary, efficiency in zip(
        spec["transfers"], transfers, efficiencies, strict=True
    ):
        collected |= transfer_values(transfer, _read(summary), commits)
        collected |= efficiency_values(transfer, _read(efficiency), commits)
    collected |= claim_values(read_json(claims), commits)
    for key, value in spec["facts"].items():
        unit = "text" if isinstance(value, str) else "number"
        collected[key] = _fact(value, unit, "config.yaml")
    write_json(values, collected)


Commits = Mapping[str, Iterable[str]]
P_VALUES = ("p_value", "least_p_value", "adjusted_p_value")


def run_of(keys: Mapping[Any, Any]) -> str:
    """The folder of networks with some dataset, condition, model and recipe."""
    return "/".join(["runs", *(keys[key] for key in ("dataset", "condition", "model", "recipe"))])


def summary_values(experiment: str, summary: pd.DataFrame, commits: Commits) -> dict[str, Any]:
    """The numbers of a summary table, keyed ``experiment/model/condition/metric``.

    Of regularised networks: ``experiment/model/condition/regularization/metric``.

    Args:
        experiment: Its name.
        summary: What ``rethinking.networks.tables.summary_table`` gives.
        commits: The commits that produced networks, by their folder.
    """
    found = {}
    for number, row in enumerate(summary.to_dict("records")):
        run, regularization = run_of(row), regularization_of(row["recipe"])
        key = summary_key(row | {"regularization": regularization})
        found[f"{experiment}/{key}"] = _summarised(
            row,
            f"tables/{experiment}/summary.csv",
            number,
            # Of references no network was trained.
            [run] if run in commits else [],
            commits,
        )
    return found


def construction_values(
    construction: str, summary: pd.DataFrame, commits: Commits
) -> dict[str, Any]:
    """The numbers of a construction's summary table, but for those of curves.

    ``construction/function/images/condition/metric``, and behind ``images`` the penalty where
    there is one to choose. Of the most images of a function also with ``most`` in place of their
    number.

    Args:
        construction: Its name.
        summary: What ``rethinking.constructions.tables.summary_table`` gives.
        commits: The commits that produced functions, by their folder.
    """
    found = {}
    most = summary.groupby("function")["images"].max()
    source, runs = f"tables/{construction}/summary.csv", [f"constructions/{construction}"]
    for number, row in summary[summary["x"].isna()].to_dict("index").items():
        value = _summarised(row, source, int(str(number)), runs, commits)
        found[f"{construction}/{construction_key(row)}"] = value
        if row["images"] == most[row["function"]]:
            found[f"{construction}/{construction_key(row | {'images': 'most'})}"] = value
    return found


def transfer_values(transfer: str, summary: pd.DataFrame, commits: Commits) -> dict[str, Any]:
    """The numbers of a transfer's summary table.

    Of teachers with the most images and, of their students, those with the most:
    ``transfer/model/images/student_images/source/learner-labels/test/metric``, and for teachers
    alone ``transfer/model/images/student_images/source/teacher/test/metric``.

    Args:
        transfer: Its name.
        summary: What ``rethinking.transfers.tables.summary_table`` gives.
        commits: The commits that produced teachers and students, by the folder of the transfer.
    """
    source = f"tables/{transfer}/summary.csv"
    return {
        f"{transfer}/{transfer_key(row)}": _summarised(
            row, source, int(str(number)), [_teachers(transfer, row)], commits
        )
        for number, row in main_rows(summary).to_dict("index").items()
    }


def efficiency_values(transfer: str, table: pd.DataFrame, commits: Commits) -> dict[str, Any]:
    """The numbers of a transfer's table of sample efficiency.

    ``transfer/model/images-n1/student_images/learner-labels/threshold/…`` with ``n_star``,
    ``n_star_over_n1``, ``reached`` and ``teachers``.

    Args:
        transfer: Its name.
        table: What ``rethinking.transfers.tables.sample_efficiency_table`` gives.
        commits: The commits that produced teachers and students, by the folder of the transfer.
    """
    found = {}
    for number, row in table.to_dict("index").items():
        for name in ("n_star", "n_star_over_n1", "reached", "teachers"):
            unit = "size" if name.startswith("n_star") else "number"
            source = f"tables/{transfer}/sample_efficiency.csv"
            found[f"{transfer}/{efficiency_key(row)}/{name}"] = {
                **_fact(_or_none(float(row[name])), unit, source),
                "row": int(str(number)) + 2,
                "n": row["teachers"],
                "seeds": row["seeds"],
                **_made([_teachers(transfer, row)], commits),
            }
    return found


def claim_values(claims: Mapping[str, Any], commits: Commits) -> dict[str, Any]:
    """The numbers that verdicts rest on.

    ``claims/<claim>/<criterion>``, of the test that decides, with its ``…/units`` and
    ``…/effect_size``; ``…/tests``, how many there are, and how many of them came out as
    ``…/supported``, ``…/refuted`` and ``…/undecided``. Of each claim
    ``claims/<claim>/units_needed``, ``…/p_value`` and the like, and of all
    ``claims/smallest/p_value``. ``claims/<verdict>``, how many came out so, with
    ``claims/not_tested``, and ``claims/all``.

    Args:
        claims: The content of ``claims.json``.
        commits: The commits that produced what claims are about, by its folder.
    """
    found = {}
    for name, claim in claims["claims"].items():
        for criterion, judged in claim["criteria"].items():
            key = f"claims/{name}/{criterion}"
            if not judged["tests"]:
                continue
            test = judged["tests"][judged["deciding"]]
            made = _made(test["runs"], commits) | {"seeds": in_ranges(test["seeds"])}
            found[key] = {
                "value": test["estimate"],
                "low": test["low"],
                "high": test["high"],
                "n": test["n"],
                "unit": judged["unit"],
                "source": "claims.json",
                "row": f"{name}, {criterion}",
                **made,
            }
            verdicts = [one["verdict"] for one in judged["tests"]]
            row = {"row": f"{name}, {criterion}"} | made
            found[f"{key}/units"] = _fact(test["n"], "number", "claims.json") | row
            found[f"{key}/effect_size"] = _fact(test["effect_size"], "signed", "claims.json") | row
            counts = {"tests": len(verdicts)} | {
                verdict: verdicts.count(verdict)
                for verdict in ("supported", "refuted", "undecided")
            }
            for what, count in counts.items():
                of_all = {"row": f"{name}, {criterion}, all groups"}
                found[f"{key}/{what}"] = _fact(count, "number", "claims.json") | of_all
        for what in ("units_needed", *P_VALUES):
            fact = _fact(claim[what], "number", "claims.json") | {"row": name}
            found[f"claims/{name}/{what}"] = fact
    for what in P_VALUES:
        known = [one[what] for one in claims["claims"].values() if one[what] is not None]
        found[f"claims/smallest/{what}"] = _fact(min(known, default=None), "number", "claims.json")
    verdicts = [claim["verdict"] for claim in claims["claims"].values()]
    for verdict in ("supported", "refuted", "undecided", "not tested"):
        found[f"claims/{verdict.replace(' ', '_')}"] = _fact(
            verdicts.count(verdict), "number", "claims.json"
        )
    found["claims/all"] = _fact(len(verdicts), "number", "claims.json")
    return found


def _read(path: Path) -> pd.DataFrame:
    """A table whose column ``seeds`` is empty text where no seed has a value."""
    return read_table(path).fillna({"seeds": ""})


def _teachers(transfer: str, row: Mapping[Any, Any]) -> str:
    return f"transfers/{transfer}/{row['model']}/{row['images']}-{row['n1']}"


def _summarised(
    row: Mapping[Any, Any], source: str, number: int, runs: Iterable[str], commits: Commits
) -> dict[str, Any]:
    return {
        "value": _or_none(row["mean"]),
        "low": _or_none(row["low"]),
        "high": _or_none(row["high"]),
        "n": row["n"],
        "unit": unit_of(row["metric"]),
        "source": source,
        "row": number + 2,  # as a spreadsheet counts: the header is row 1
        "seeds": row["seeds"],
        **_made(runs, commits),
    }


def _made(runs: Iterable[str], commits: Commits) -> dict[str, list[str]]:
    """What a number rests on, and the commits that made it; of a transfer, of all its parts."""
    known = {run: commits.get(run, commits.get("/".join(run.split("/")[:2]), ())) for run in runs}
    return {
        "runs": [run for run, made in known.items() if made],
        "commits": sorted({commit for made in known.values() for commit in made}),
    }


def _commit(path: Path) -> str:
    return commit_of(read_record(record_of(path)))


def _fact(value: float | str | None, unit: str, source: str) -> dict[str, Any]:
    return {"value": value, "low": None, "high": None, "unit": unit, "source": source}


def _or_none(value: float) -> float | None:
    return None if pd.isna(value) else value
