"""Tables of a transfer, from the measurements of teachers and students."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rethinking.analysis.sample_efficiency import images_to_reach
from rethinking.analysis.summaries import in_ranges, summary_table
from rethinking.tables import read_table, write_table
from rethinking.transfers.kind import CELL, CONFUSION
from rethinking.transfers.specs import TransferTablesSpec

# The columns of ``rethinking.transfers.measure`` that identify a number, but for its seed.
KEYS = [*CELL, "source", "labels", "n2", "learner", "test"]


def runs_table(measured: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One row for each teacher, or teacher and student, and metric without coordinates.

    The columns are :data:`KEYS`, seed, metric, value, unit, points, note.
    """
    table = pd.concat(measured, ignore_index=True)
    return table[table["x"].isna()].drop(columns=["x", "y"]).reset_index(drop=True)


def sample_efficiency_table(runs: pd.DataFrame, thresholds: Sequence[float]) -> pd.DataFrame:
    """The number of images that a student of the trained teacher needs for a κ on fresh images.

    Returns:
        Columns :data:`CELL`, labels, learner, threshold (κ), teachers (their number), seeds
        (theirs), reached (the number of teachers whose students reached κ), at_once (how many of
        these did so with the fewest images already, so that n* may be smaller), n_star (the median
        over all teachers; NaN if fewer than half reached κ) and n_star_over_n1. Cells whose
        students have one number of images only have no row.
    """
    curves = runs[
        (runs["metric"] == "kappa") & (runs["test"] == "fresh") & (runs["source"] == "trained")
    ]
    curves = curves[curves["learner"] != "teacher"]
    rows = []
    for keys, curve in curves.groupby([*CELL, "labels", "learner"], sort=False):
        if curve["n2"].nunique() < 2:
            continue
        for threshold in thresholds:
            needed = [
                images_to_reach(own["n2"].to_numpy(), own["value"].to_numpy(dtype=float), threshold)
                for _, own in curve.sort_values("n2").groupby("seed")
            ]
            median = float(np.median(needed))
            median = median if math.isfinite(median) else math.nan
            rows.append(
                dict(zip([*CELL, "labels", "learner"], keys, strict=True))
                | {
                    "threshold": threshold,
                    "teachers": len(needed),
                    "seeds": in_ranges(curve["seed"]),
                    "reached": sum(math.isfinite(images) for images in needed),
                    "at_once": sum(images == curve["n2"].min() for images in needed),
                    "n_star": median,
                    "n_star_over_n1": median / int(curve["n1"].iloc[0]),
                }
            )
    columns = [*CELL, "labels", "learner", "threshold", "teachers", "seeds"]
    columns += ["reached", "at_once", "n_star", "n_star_over_n1"]
    return pd.DataFrame(rows, columns=columns)


def confusion_table(measured: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The classes of students by the classes of their teachers, in shares of the teacher's class.

    The names of random labels have no meaning. Therefore the classes of each teacher are ordered by
    their frequency on fresh images, the most frequent first, before the mean over teachers.

    Returns:
        Columns :data:`KEYS`, teacher (rank of the teacher's class, from 1), student (rank of the
        student's class, in the teacher's order), share (mean over teachers) and teachers (their
        number). Classes that no teacher gives have no rows.
    """
    table = pd.concat(measured, ignore_index=True)
    counts = table[table["metric"] == CONFUSION].rename(columns={"x": "teacher", "y": "student"})
    run = [*KEYS, "seed"]
    given = counts.groupby([*run, "teacher"], sort=False)["value"].sum().rename("given")
    # The order is stable, so that classes with the same frequency keep theirs.
    order = given.reset_index().sort_values("given", ascending=False, kind="stable")
    order["rank"] = order.groupby(run, sort=False).cumcount() + 1
    counts = counts.merge(order, on=[*run, "teacher"]).merge(
        order.rename(columns={"teacher": "student"}).drop(columns="given"),
        on=[*run, "student"],
        suffixes=("", "_of_student"),
    )
    counts = counts[counts["given"] > 0]
    ranked = counts.assign(
        teacher=counts["rank"],
        student=counts["rank_of_student"],
        share=counts["value"] / counts["given"],
    )
    means = ranked.groupby([*KEYS, "teacher", "student"])["share"]
    return means.agg(share="mean", teachers="count").reset_index()


def write_tables(
    measured: list[Path],
    runs: Path,
    summary: Path,
    sample_efficiency: Path,
    confusion: Path,
    spec: TransferTablesSpec,
) -> None:
    """Write all tables of a transfer, from those of its models by ``rethinking.transfers.measure``.

    The summary has the means of :func:`runs_table`.
    """
    tables = [read_table(path) for path in measured]
    table = runs_table(tables)
    write_table(table, runs)
    write_table(summary_table(table, KEYS), summary)
    write_table(sample_efficiency_table(table, spec.thresholds), sample_efficiency)
    write_table(confusion_table(tables), confusion)
