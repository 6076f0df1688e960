"""Compare two folders of results: verdicts, numbers, figures."""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from itertools import takewhile
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.compare import compare_summaries
from rethinking.errors import InputError
from rethinking.files import read_json, write_text
from rethinking.paper.pages import page, table_of
from rethinking.paper.plain import overview
from rethinking.tables import read_table

COUNTED = ("the same", "alike", "differs", "only in A", "only in B")
FIGURES = """<h3>{name}</h3>
<div style="display: flex; gap: 1em">
<div style="flex: 1">A{a}</div>
<div style="flex: 1">B{b}</div>
</div>"""
PICTURE = '<img style="width: 100%" src="data:image/png;base64,{data}" alt="{name}">'


def diff(a: Path, b: Path, output: Path) -> int:
    """Print the differences between the results of two studies, and write a page of them.

    Args:
        a: The results of one scale, such as ``results/demo``, or published results.
        b: Other results.
        output: The HTML page to write.

    Returns:
        0 if nothing differs beyond intervals over seeds, else 1.

    Raises:
        InputError: A folder holds no results, or the page cannot be written.
    """
    for folder in (a, b):
        if not _summaries(folder):
            raise InputError(f"{folder}: has no tables/*/summary.csv; give folders as results/demo")
    verdicts, numbers, figures = _verdicts(a, b), _numbers(a, b), _figures(a, b)
    changed = verdicts[verdicts["A"] != verdicts["B"]]
    different = numbers[numbers["outcome"].isin(COUNTED[2:])]
    single = [f"{name} ({only})" for name, only in figures.items() if only.startswith("only")]
    print(f"A: {a}\nB: {b}")
    print(f"verdicts: {len(verdicts) - len(changed)} the same, {len(changed)} not")
    for row in changed.to_dict("records"):
        print(f"  {row['claim']}: {row['A']} → {row['B']}")
    print(f"numbers: {_counts(numbers['outcome'])}")
    print(pd.crosstab(numbers["table"], numbers["outcome"]).to_string())
    print(f"figures: {_counts(figures.values())}")
    about = "Alike: intervals overlap, or means differ by less than a tolerance."
    sections = [
        ("Verdicts", f"A is {a}, B is {b}.", table_of(verdicts)),
        (
            "Numbers that differ",
            f"{_counts(numbers['outcome'])}. {about}",
            "\n".join(
                table_of(different[different["outcome"] == outcome])
                for outcome in COUNTED[2:]
                if outcome in set(different["outcome"])
            ),
        ),
        (
            "Figures that differ",
            f"{_counts(figures.values())}. {', '.join(single)}",
            "\n".join(_pictures(a, b, figures)),
        ),
    ]
    try:
        write_text(output, page(f"{a} (A) and {b} (B)", sections))
    except OSError as error:
        raise InputError(f"--output: {output}: {error.strerror}; choose another") from error
    print(f"Side by side: {output}")
    return int(bool(len(changed) or len(different)))


def _counts(outcomes: Any) -> str:
    counted = Counter(outcomes)
    return ", ".join(f"{counted[name]} {name}" for name in COUNTED if counted[name]) or "none"


def _summaries(folder: Path) -> dict[str, Path]:
    return {path.parent.name: path for path in sorted(folder.glob("tables/*/summary.csv"))}


def _verdicts(a: Path, b: Path) -> pd.DataFrame:
    """Both verdicts on each claim, and the estimates that decide them."""
    columns = {}
    statements: dict[str, str] = {}
    for name, folder in (("A", a), ("B", b)):
        path = folder / "claims.json"
        claims = read_json(path)["claims"] if path.exists() else {}
        rows = overview(claims, {}).set_index("") if claims else pd.DataFrame()
        for key, column in ((name, "verdict"), (f"estimate in {name}", "estimate")):
            columns[key] = rows.get(column, pd.Series(dtype=str))
        statements |= {key: claim["statement"] for key, claim in claims.items()}
    both = pd.DataFrame(columns).fillna("not there").rename_axis("claim").reset_index()
    both["statement"] = both["claim"].map(statements)
    return both[["claim", "statement", "A", "B", "estimate in A", "estimate in B"]]


def _numbers(a: Path, b: Path) -> pd.DataFrame:
    """Both means of each row of any summary, and the outcome of their comparison."""
    rows = []
    summaries = _summaries(a), _summaries(b)
    for table in sorted(summaries[0] | summaries[1]):
        tables = [read_table(paths[table]) if table in paths else None for paths in summaries]
        empty = next(each for each in tables if each is not None).iloc[:0]
        in_a, in_b = (empty if each is None else each for each in tables)
        for row in compare_summaries(in_b, in_a).to_dict("records"):
            outcome = _outcome(row)
            mean = None if outcome == "only in A" else row["mean"]
            rows.append(_row(table, row, row["mean_reference"], mean, outcome))
        rows += [
            _row(table, row, None, row["mean_reference"], "only in B")
            for row in compare_summaries(in_a, in_b).to_dict("records")
            if row["verdict"] == "missing"
        ]
    return pd.DataFrame(rows)


def _row(
    table: str, row: Mapping[Any, Any], a: float | None, b: float | None, outcome: str
) -> dict[str, Any]:
    keys = takewhile(lambda name: name != "metric", row)
    subject = ", ".join(str(row[key]) for key in keys if not pd.isna(row[key]))
    return {
        "table": table,
        "of": subject,
        "metric": row["metric"],
        "A": a,
        "B": b,
        "outcome": outcome,
    }


def _outcome(row: Mapping[Any, Any]) -> str:
    if row["verdict"] == "missing":
        return "only in A"
    if row["verdict"] == "differs":
        return "differs"
    missing = pd.isna(row["mean"]) and pd.isna(row["mean_reference"])
    return "the same" if missing or row["mean"] == row["mean_reference"] else "alike"


def _figures(a: Path, b: Path) -> dict[str, str]:
    """The outcome of the comparison of each figure."""
    in_a, in_b = (
        {path.name: path.read_bytes() for path in folder.glob("figures/*.png")} for folder in (a, b)
    )
    outcomes = {}
    for name in sorted(in_a | in_b):
        if name in in_a and name in in_b:
            outcomes[name] = "the same" if in_a[name] == in_b[name] else "differs"
        else:
            outcomes[name] = "only in A" if name in in_a else "only in B"
    return outcomes


def _pictures(a: Path, b: Path, figures: Mapping[str, str]) -> Iterator[str]:
    """Figures that differ, side by side."""
    for name, outcome in figures.items():
        if outcome == "differs":
            pictures = []
            for folder in (a, b):
                data = base64.b64encode((folder / "figures" / name).read_bytes()).decode()
                pictures.append(PICTURE.format(data=data, name=escape(name)))
            yield FIGURES.format(name=escape(name), a=pictures[0], b=pictures[1])
