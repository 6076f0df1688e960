"""Compare results with the published ones."""

from pathlib import Path

import pandas as pd

from rethinking.analysis.compare import compare_summaries
from rethinking.errors import InputError
from rethinking.files import read_json, sha256
from rethinking.step.provenance import DamagedError, check
from rethinking.tables import read_table


def verify(scale: str, results_dir: Path) -> int:
    """Print reproduced, different and missing numbers of a scale, and damaged files.

    Returns:
        0 if no file is damaged and all numbers are reproduced, else 1.

    Raises:
        InputError: There are no results or no published results at the scale.
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
        reference_table = read_table(path)
        whole = ours.exists() and ours not in damaged
        table = read_table(ours) if whole else reference_table.iloc[:0]
        compared = compare_summaries(table, reference_table)
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
    """An error line for each published file that differs from the manifest."""
    lines = {}
    for entry in read_json(folder / "manifest.json")["artefacts"]:
        path = folder / entry["path"]
        if not path.exists():
            lines[path] = f"missing: {path}; make paper makes it again"
        elif sha256(path) != entry["sha256"]:
            lines[path] = f"damaged or newer than the manifest: {path}; make paper fixes either"
    return lines
