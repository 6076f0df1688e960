"""Compare results with the published ones."""

from pathlib import Path

import pandas as pd

from rethinking.analysis.compare import compare_summaries
from rethinking.errors import InputError
from rethinking.files import read_json, sha256
from rethinking.step.provenance import DamagedError, check
from rethinking.tables import read_table


def verify(scale: str, results_dir: Path) -> int:
    """Say what was reproduced, what differs, what is missing, and which files are damaged.

    Args:
        scale: Whose results.
        results_dir: The folder that holds those of all scales.

    Returns:
        0 if all is whole and reproduced, else 1.

    Raises:
        InputError: There are no such results, or nothing was published at that scale.
    """
    folder, reference = Path(results_dir, scale), Path("results/reference", scale)
    published = sorted(reference.glob("tables/*/summary.csv"))
    if not published:
        known = sorted({path.parts[-4] for path in reference.parent.glob("*/tables/*/summary.csv")})
        raise InputError(f"nothing was published at scale {scale!r}; known: {', '.join(known)}")
    manifest = folder / "manifest.json"
    if not manifest.exists():
        raise InputError(f"{manifest} is missing; build the paper first, by make paper")
    try:
        check(manifest)
    except DamagedError as error:
        raise InputError(f"{error}; make paper makes it again") from error
    damaged = damaged_in(folder)
    for line in damaged.values():
        print(line)
    verdicts = []
    for path in published:
        ours = folder / path.relative_to(reference)
        expected = read_table(path)
        found = expected.iloc[:0] if ours in damaged else read_table(ours)
        compared = compare_summaries(found, expected)
        verdicts += list(compared["verdict"])
        for row in compared[compared["verdict"] != "reproduced"].to_dict("records"):
            means = row.pop("mean"), row.pop("mean_reference")
            verdict, metric = row.pop("verdict"), row.pop("metric")
            keys = ", ".join(str(key) for key in row.values() if not pd.isna(key))
            print(
                f"{verdict}: {path.parent.name}: {metric} of {keys}: {means[0]:.6g}, "
                f"published {means[1]:.6g}"
            )
    counts = {verdict: verdicts.count(verdict) for verdict in ("reproduced", "differs", "missing")}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return int(bool(damaged) or counts["reproduced"] < len(verdicts))


def damaged_in(folder: Path) -> dict[Path, str]:
    """For each published file that is not what the manifest says, a line that says so."""
    lines = {}
    for entry in read_json(folder / "manifest.json")["artefacts"]:
        path = folder / entry["path"]
        if not path.exists():
            lines[path] = f"missing: {path}; make paper makes it again"
        elif sha256(path) != entry["sha256"]:
            lines[path] = f"damaged or newer than the manifest: {path}; make paper fixes either"
    return lines
