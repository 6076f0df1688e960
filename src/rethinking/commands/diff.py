"""Two results trees beside each other: verdicts, numbers, figures."""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
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
    """Print what differs between the results of two studies, and write a page that shows it.

    Args:
        a: The folder of the results of one scale, as ``results/demo``, or published results.
        b: Another.
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
    odd = numbers[numbers["outcome"].isin(COUNTED[2:])]
    single = [f"{name} ({one})" for name, one in figures.items() if one.startswith("only")]
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
                table_of(odd[odd["outcome"] == one])
                for one in COUNTED[2:]
                if one in set(odd["outcome"])
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
    return int(bool(len(changed) or len(odd)))


def _counts(outcomes: Any) -> str:
    counted = Counter(outcomes)
    return ", ".join(f"{counted[name]} {name}" for name in COUNTED if counted[name]) or "none"


def _summaries(folder: Path) -> dict[str, Path]:
    return {path.parent.name: path for path in sorted(folder.glob("tables/*/summary.csv"))}


def _verdicts(a: Path, b: Path) -> pd.DataFrame:
    """Of each claim both verdicts, and what they rest on."""
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
    """Both means of each row of any summary, and whether they are the same."""
    rows = []
    ours, theirs = _summaries(a), _summaries(b)
    for table in sorted(ours | theirs):
        one, other = (
            read_table(paths[table]) if table in paths else None for paths in (ours, theirs)
        )
        if one is None or other is None:
            known, where = (one, "only in A") if one is not None else (other, "only in B")
            assert known is not None
            rows += [_row(table, row, where) for row in known.to_dict("records")]
            continue
        found = compare_summaries(other, one)
        rows += [_row(table, row, _outcome(row)) for row in found.to_dict("records")]
        new = compare_summaries(one, other)
        new = new[new["verdict"] == "missing"].drop(columns="mean")
        new = new.rename(columns={"mean_reference": "mean"})
        rows += [_row(table, row, "only in B") for row in new.to_dict("records")]
    return pd.DataFrame(rows)


def _row(table: str, row: Mapping[Any, Any], outcome: str) -> dict[str, Any]:
    keys = []
    for name, value in row.items():
        if name == "metric":
            break
        keys += [] if pd.isna(value) else [str(value)]
    means = (row.get("mean_reference", row["mean"]), row["mean"])
    shown = [None if outcome == f"only in {other}" else mean
             for mean, other in zip(means, "BA", strict=True)]  # fmt: skip
    return {
        "table": table,
        "of": ", ".join(keys),
        "metric": row["metric"],
        "A": shown[0],
        "B": shown[1],
        "outcome": outcome,
    }


def _outcome(row: Mapping[Any, Any]) -> str:
    if row["verdict"] == "missing":
        return "only in A"
    if row["verdict"] == "differs":
        return "differs"
    nowhere = pd.isna(row["mean"]) and pd.isna(row["mean_reference"])
    return "the same" if nowhere or row["mean"] == row["mean_reference"] else "alike"


def _figures(a: Path, b: Path) -> dict[str, str]:
    """Whether each figure is the same picture in both."""
    ours, theirs = ({path.name: path for path in f.glob("figures/*.png")} for f in (a, b))
    found = {}
    for name in sorted(ours | theirs):
        if name not in theirs:
            found[name] = "only in A"
        elif name not in ours:
            found[name] = "only in B"
        else:
            same = ours[name].read_bytes() == theirs[name].read_bytes()
            found[name] = "the same" if same else "differs"
    return found


def _pictures(a: Path, b: Path, figures: Mapping[str, str]) -> Iterator[str]:
    """Figures that both have and that are not the same, side by side."""
    for name, outcome in figures.items():
        if outcome == "differs":
            shown = []
            for folder in (a, b):
                data = base64.b64encode((folder / "figures" / name).read_bytes()).decode()
                shown.append(PICTURE.format(data=data, name=escape(name)))
            yield FIGURES.format(name=escape(name), a=shown[0], b=shown[1])
