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

# The commits that made the results in a folder.
Commits = Mapping[str, Iterable[str]]
P_VALUES = ("p_value", "least_p_value", "adjusted_p_value")
VERDICTS = ("supported", "refuted", "undecided")
CLAIMS = "claims.json"


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
        tables: The tables that the kind of each experiment prints, ``<experiment>/<table>.csv``.
        datasets: The description of the data set of each experiment.
        made: A file of each block of results, for the commits that made them. A description in
            JSON may have ``facts`` by their keys in ``values.json``.
        values: The JSON to write: key to value, low, high, unit and source; for results also row,
            n, seeds, runs (folders of networks or functions) and commits.
        spec: The experiments, and the facts of the config.
    """
    commits: dict[str, set[str]] = defaultdict(set)
    collected: dict[str, Any] = {}
    for path in made:
        folder = folder_of(path.relative_to(values.parent))
        commits[folder].add(commit_of(read_record(record_of(path))))
        if path.suffix == ".json":
            for key, value in read_json(path).get("facts", {}).items():
                collected[key] = _fact(value, folder)
    by_experiment: dict[str, dict[str, pd.DataFrame]] = defaultdict(dict)
    for path in tables:
        by_experiment[path.parent.name][path.stem] = read_table(path)
    for (name, reported), dataset in zip(spec.experiments.items(), datasets, strict=True):
        collected[f"{name}/data/label"] = _fact(spec.labels[reported.dataset], "config.yaml")
        for key, value in read_json(dataset).items():
            if isinstance(value, int | float):
                unit = "share" if key == "chance_accuracy" else "number"
                source = f"data/{dataset.parent.name}/{dataset.name}"
                collected[f"{name}/data/{key}"] = _fact(value, source, unit)
        kind = load_kind(reported.kind)
        collected |= experiment_values(name, kind, by_experiment[name], commits)
    collected |= claim_values(read_json(claims), commits)
    collected |= {key: _fact(value, "config.yaml") for key, value in spec.facts.items()}
    write_json(values, collected)


def folder_of(path: Path) -> str:
    """The folder of all blocks of a result, from the path ``<folder>/block-<b>…`` of one."""
    end = next(i for i, part in enumerate(path.parts) if part.startswith("block-"))
    return "/".join(path.parts[:end])


def experiment_values(
    experiment: str, kind: Kind, tables: Mapping[str, pd.DataFrame], commits: Commits
) -> dict[str, Any]:
    """The numbers of an experiment, with the keys of its kind below ``<experiment>/``.

    Args:
        experiment: The name of the experiment.
        kind: The kind of the experiment.
        tables: The tables that the kind prints, by name.
        commits: The commits that made results, by folder.
    """
    # Where no seed has a value, ``seeds`` is NaN, but text in JSON.
    filled = {name: table.fillna({"seeds": ""}) for name, table in tables.items()}
    return {
        f"{experiment}/{key}": {
            "value": _or_none(row["mean"]),
            "low": _or_none(row["low"]),
            "high": _or_none(row["high"]),
            "n": row["n"],
            "unit": row["unit"],
            "source": f"tables/{experiment}/{table}.csv",
            "row": index + 2,  # as in a spreadsheet, where the header is row 1
            "seeds": row["seeds"],
            **_made([kind.run(experiment, row)], commits),
        }
        for key, table, index, row in kind.printed(filled)
    }


def claim_values(claims: Mapping[str, Any], commits: Commits) -> dict[str, Any]:
    """The numbers behind verdicts.

    ``claims/<claim>/<criterion>`` is the estimate that decides, with its ``…/units`` and
    ``…/effect_size``; ``…/tests`` is the number of tests, and ``…/supported``, ``…/refuted`` and
    ``…/undecided`` count their verdicts. Each claim has ``claims/<claim>/units_needed`` and
    ``…/p_value`` and the like; the least of all claims is ``claims/smallest/p_value``.
    ``claims/<verdict>``, with ``claims/not_tested``, counts claims, as does ``claims/all``.

    Args:
        claims: The content of ``claims.json``.
        commits: The commits that made results, by folder.
    """
    values: dict[str, Any] = {}
    for name, claim in claims["claims"].items():
        for criterion, judged in claim["criteria"].items():
            if judged["tests"]:
                key, row = f"claims/{name}/{criterion}", f"{name}, {criterion}"
                values |= _criterion_values(key, row, judged, commits)
        for what in ("units_needed", *P_VALUES):
            values[f"claims/{name}/{what}"] = _fact(claim[what], CLAIMS, row=name)
    for what in P_VALUES:
        p_values = [claim[what] for claim in claims["claims"].values()]
        known = [p_value for p_value in p_values if p_value is not None]
        values[f"claims/smallest/{what}"] = _fact(min(known, default=None), CLAIMS)
    verdicts = [claim["verdict"] for claim in claims["claims"].values()]
    for verdict in (*VERDICTS, "not tested"):
        values[f"claims/{verdict.replace(' ', '_')}"] = _fact(verdicts.count(verdict), CLAIMS)
    values["claims/all"] = _fact(len(verdicts), CLAIMS)
    return values


def _criterion_values(
    key: str, row: str, judged: Mapping[str, Any], commits: Commits
) -> dict[str, Any]:
    test = judged["tests"][judged["deciding"]]
    made: dict[str, Any] = {**_made(test["runs"], commits), "seeds": in_ranges(test["seeds"])}
    verdicts = [each["verdict"] for each in judged["tests"]]
    counts = {"tests": len(verdicts)} | {name: verdicts.count(name) for name in VERDICTS}
    return {
        key: {
            "value": test["estimate"],
            **{name: test[name] for name in ("low", "high", "n")},
            "unit": judged["unit"],
            "source": CLAIMS,
            "row": row,
            **made,
        },
        f"{key}/units": _fact(test["n"], CLAIMS, row=row, **made),
        f"{key}/effect_size": _fact(test["effect_size"], CLAIMS, "signed", row=row, **made),
        **{
            f"{key}/{what}": _fact(count, CLAIMS, row=f"{row}, all groups")
            for what, count in counts.items()
        },
    }


def _made(runs: Iterable[str], commits: Commits) -> dict[str, list[str]]:
    """The folders behind a number, and the commits that made them.

    Reference functions have no folder, because they are not trained.
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
