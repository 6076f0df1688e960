"""Every number that the paper can print, with its source."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.summaries import in_ranges
from rethinking.files import read_json, write_json
from rethinking.names.kinds import Kind, load_kind
from rethinking.paper.specs import ValuesSpec
from rethinking.step.provenance import commit_of, read_record, record_of
from rethinking.tables import read_table

# The commits that made results, by the folder of these.
Commits = Mapping[str, Iterable[str]]
P_VALUES = ("p_value", "least_p_value", "adjusted_p_value")
VERDICTS = ("supported", "refuted", "undecided")


def write_values(
    claims: Path,
    tables: list[Path],
    datasets: list[Path],
    made: list[Path],
    values: Path,
    spec: ValuesSpec,
) -> None:
    """Collect the numbers of the paper.

    Args:
        claims: ``claims.json``.
        tables: Of each experiment those that its kind prints, ``<experiment>/<table>.csv``.
        datasets: The description of the data set of each experiment.
        made: A file of each block of results, for the commits that made them. A description in
            JSON may have ``facts`` by their keys in ``values.json``.
        values: The JSON to write: key to value, low, high, unit, source, and of results also row,
            n, seeds, runs (folders of the networks or functions that it rests on) and commits.
        spec: The experiments, and the facts of the config.
    """
    commits: dict[str, set[str]] = defaultdict(set)
    collected: dict[str, Any] = {}
    kinds = {kind: load_kind(kind) for kind in {one.kind for one in spec.experiments.values()}}
    for path in made:
        folder = folder_of(path.relative_to(values.parent))
        commits[folder].add(commit_of(read_record(record_of(path))))
        if path.suffix == ".json":
            for key, value in read_json(path).get("facts", {}).items():
                collected[key] = _fact(value, folder)
    found: dict[str, dict[str, pd.DataFrame]] = defaultdict(dict)
    for path in tables:
        found[path.parent.name][path.stem] = read_table(path)
    for (name, reported), dataset in zip(spec.experiments.items(), datasets, strict=True):
        label = spec.labels[reported.dataset]
        collected[f"{name}/data/label"] = _fact(label, "config.yaml")
        for key, value in read_json(dataset).items():
            if isinstance(value, int | float):
                unit = "share" if key == "chance_accuracy" else "number"
                source = f"data/{dataset.parent.name}/{dataset.name}"
                collected[f"{name}/data/{key}"] = _fact(value, source, unit)
        collected |= experiment_values(name, kinds[reported.kind], found[name], commits)
    collected |= claim_values(read_json(claims), commits)
    for key, value in spec.facts.items():
        collected[key] = _fact(value, "config.yaml")
    write_json(values, collected)


def folder_of(path: Path) -> str:
    """The folder that holds all blocks of a result, of ``<folder>/block-<b>…``."""
    end = next(i for i, part in enumerate(path.parts) if part.startswith("block-"))
    return "/".join(path.parts[:end])


def experiment_values(
    experiment: str, kind: Kind, tables: Mapping[str, pd.DataFrame], commits: Commits
) -> dict[str, Any]:
    """The numbers of an experiment's tables, keyed ``experiment/…`` as its kind says.

    Args:
        experiment: Its name.
        kind: Its kind.
        tables: Those that the kind prints, by name.
        commits: The commits that made results, by their folder.
    """
    # The column is empty text where no seed has a value.
    filled = {name: table.fillna({"seeds": ""}) for name, table in tables.items()}
    return {
        f"{experiment}/{key}": {
            "value": _or_none(row["mean"]),
            "low": _or_none(row["low"]),
            "high": _or_none(row["high"]),
            "n": row["n"],
            "unit": row["unit"],
            "source": f"tables/{experiment}/{table}.csv",
            "row": place + 2,  # as a spreadsheet counts: the header is row 1
            "seeds": row["seeds"],
            **_made([kind.run(experiment, row)], commits),
        }
        for key, table, place, row in kind.printed(filled)
    }


def claim_values(claims: Mapping[str, Any], commits: Commits) -> dict[str, Any]:
    """The numbers that verdicts rest on.

    ``claims/<claim>/<criterion>``, of the test that decides, with its ``…/units`` and
    ``…/effect_size``; ``…/tests``, their number, and how many of them came out as
    ``…/supported``, ``…/refuted`` and ``…/undecided``. Of each claim
    ``claims/<claim>/units_needed``, ``…/p_value`` and the like, and of all
    ``claims/smallest/p_value``. ``claims/<verdict>``, how many came out so, with
    ``claims/not_tested``, and ``claims/all``.

    Args:
        claims: The content of ``claims.json``.
        commits: The commits that made results, by their folder.
    """
    found = {}
    source = "claims.json"
    for name, claim in claims["claims"].items():
        for criterion, judged in claim["criteria"].items():
            if not judged["tests"]:
                continue
            key, row = f"claims/{name}/{criterion}", f"{name}, {criterion}"
            test = judged["tests"][judged["deciding"]]
            made: dict[str, Any] = {
                **_made(test["runs"], commits),
                "seeds": in_ranges(test["seeds"]),
            }
            found[key] = {
                "value": test["estimate"],
                "low": test["low"],
                "high": test["high"],
                "n": test["n"],
                "unit": judged["unit"],
                "source": source,
                "row": row,
                **made,
            }
            found[f"{key}/units"] = _fact(test["n"], source, row=row, **made)
            size = _fact(test["effect_size"], source, "signed", row=row, **made)
            found[f"{key}/effect_size"] = size
            verdicts = [one["verdict"] for one in judged["tests"]]
            counts = {"tests": len(verdicts)} | {one: verdicts.count(one) for one in VERDICTS}
            for what, count in counts.items():
                found[f"{key}/{what}"] = _fact(count, source, row=f"{row}, all groups")
        for what in ("units_needed", *P_VALUES):
            found[f"claims/{name}/{what}"] = _fact(claim[what], source, row=name)
    for what in P_VALUES:
        known = [one[what] for one in claims["claims"].values() if one[what] is not None]
        found[f"claims/smallest/{what}"] = _fact(min(known, default=None), source)
    verdicts = [claim["verdict"] for claim in claims["claims"].values()]
    for verdict in (*VERDICTS, "not tested"):
        found[f"claims/{verdict.replace(' ', '_')}"] = _fact(verdicts.count(verdict), source)
    found["claims/all"] = _fact(len(verdicts), source)
    return found


def _made(runs: Iterable[str], commits: Commits) -> dict[str, list[str]]:
    """The folders that a number rests on, and the commits that made them.

    Of reference functions no network was trained.
    """
    known = {run: commits[run] for run in runs if run in commits}
    return {
        "runs": list(known),
        "commits": sorted({commit for made in known.values() for commit in made}),
    }


def _fact(
    value: float | str | None, source: str, unit: str = "number", **more: Any
) -> dict[str, Any]:
    unit = "text" if isinstance(value, str) else unit
    return {"value": value, "low": None, "high": None, "unit": unit, "source": source, **more}


def _or_none(value: float | None) -> float | None:
    return None if pd.isna(value) else value
