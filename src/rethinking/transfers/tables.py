"""From the answers of teachers and students to tables."""

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

# The columns of ``rethinking.transfers.measure`` that tell what a number is about.
KEYS = [*CELL, "source", "labels", "n2", "learner", "test"]


def runs_table(measured: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One row for each teacher, or teacher and student, and metric.

    Args:
        measured: Tables as ``rethinking.transfers.measure`` writes them, of which the rows without
            coordinates are used.

    Returns:
        Columns :data:`KEYS`, seed, metric, value, unit, points, note.
    """
    table = pd.concat(measured, ignore_index=True)
    return table[table["x"].isna()].drop(columns=["x", "y"]).reset_index(drop=True)


def sample_efficiency_table(runs: pd.DataFrame, thresholds: Sequence[float]) -> pd.DataFrame:
    """The number of images that a student of the trained teacher needs for a κ on fresh images.

    Args:
        runs: What :func:`runs_table` gives.
        thresholds: Those κ.

    Returns:
        Columns :data:`CELL`, labels, learner, threshold, teachers (their number), seeds (theirs),
        reached (the number of teachers whose students reached κ), at_once (of those, with the
        fewest images already, so that n* may be smaller), n_star (the median over all teachers; NaN
        if fewer than half reached it) and n_star_over_n1. No row where the students of a cell have
        one number of images only.
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
            found = [
                images_to_reach(one["n2"].to_numpy(), one["value"].to_numpy(dtype=float), threshold)
                for _, one in curve.sort_values("n2").groupby("seed")
            ]
            median = float(np.median(found))
            median = median if math.isfinite(median) else math.nan
            n1 = int(curve["n1"].iloc[0])
            rows.append(
                dict(zip([*CELL, "labels", "learner"], keys, strict=True))
                | {
                    "threshold": threshold,
                    "teachers": len(found),
                    "seeds": in_ranges(curve["seed"]),
                    "reached": sum(math.isfinite(one) for one in found),
                    "at_once": sum(one == curve["n2"].min() for one in found),
                    "n_star": median,
                    "n_star_over_n1": median / n1,
                }
            )
    columns = [*CELL, "labels", "learner", "threshold", "teachers", "seeds"]
    columns += ["reached", "at_once"]
    return pd.DataFrame(rows, columns=[*columns, "n_star", "n_star_over_n1"])


def confusion_table(measured: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The classes of students by the classes of their teachers, in shares of the teacher's.

    Under random labels the names of classes mean nothing: before the mean over teachers is taken,
    the classes of each teacher are ordered by their frequency on fresh images, the most frequent
    first.

    Args:
        measured: Tables as ``rethinking.transfers.measure`` writes them.

    Returns:
        Columns :data:`KEYS`, teacher (rank of the teacher's class, from 1), student (rank of the
        student's, by the teacher's order), share (mean over teachers) and teachers (how many).
        Without rows of classes that no teacher gives.
    """
    table = pd.concat(measured, ignore_index=True)
    counts = table[table["metric"] == CONFUSION].rename(columns={"x": "teacher", "y": "student"})
    one = [*KEYS, "seed"]
    given = counts.groupby([*one, "teacher"], sort=False)["value"].sum().rename("given")
    # A stable order, so that classes given equally often keep theirs.
    order = given.reset_index().sort_values("given", ascending=False, kind="stable")
    order["rank"] = order.groupby(one, sort=False).cumcount() + 1
    counts = counts.merge(order, on=[*one, "teacher"]).merge(
        order.rename(columns={"teacher": "student"}).drop(columns="given"),
        on=[*one, "student"],
        suffixes=("", "_of_student"),
    )
    counts = counts[counts["given"] > 0]
    ranked = counts.assign(
        teacher=counts["rank"],
        student=counts["rank_of_student"],
        share=counts["value"] / counts["given"],
    )
    by = [*KEYS, "teacher", "student"]
    means = ranked.groupby(by)["share"].agg(share="mean", teachers="count")
    return means.reset_index()


def write_tables(
    measured: list[Path],
    runs: Path,
    summary: Path,
    sample_efficiency: Path,
    confusion: Path,
    spec: TransferTablesSpec,
) -> None:
    """Write all tables of a transfer.

    Args:
        measured: The tables of ``rethinking.transfers.measure``, one for each model.
        runs: Of :func:`runs_table`, to write.
        summary: Its means, to write.
        sample_efficiency: Of :func:`sample_efficiency_table`, to write.
        confusion: Of :func:`confusion_table`, to write.
        spec: Which thresholds.
    """
    tables = [read_table(path) for path in measured]
    table = runs_table(tables)
    write_table(table, runs)
    write_table(summary_table(table, KEYS), summary)
    write_table(sample_efficiency_table(table, spec.thresholds), sample_efficiency)
    write_table(confusion_table(tables), confusion)
