"""From the answers of teachers and students to tables."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from rethinking.networks.tables import in_ranges, summarised
from rethinking.tables import read_table, write_table

# What a row of ``rethinking.transfers.measure`` is about, but for the teacher.
CELL = ["dataset", "model", "images", "n1", "student_images"]
KEYS = [*CELL, "source", "labels", "n2", "learner", "test"]
CONFUSION = "confusion"


def runs_table(measured: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One row for each teacher, or teacher and student, and metric.

    Args:
        measured: Tables as ``rethinking.transfers.measure`` writes them, of which the rows without
            coordinates are used.

    Returns:
        Columns :data:`KEYS`, seed, metric, value, points, note.
    """
    table = pd.concat(measured, ignore_index=True)
    return table[table["x"].isna()].drop(columns=["x", "y"]).reset_index(drop=True)


def summary_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over teachers with 95 % intervals.

    Args:
        runs: What :func:`runs_table` gives.

    Returns:
        Columns :data:`KEYS`, metric, n, excluded, mean, low, high, note (why there is no value).
    """
    notes = runs.groupby([*KEYS, "metric"], sort=False)["note"].first()
    return summarised(runs, [*KEYS, "metric"]).assign(note=notes.to_numpy())


def sample_efficiency_table(runs: pd.DataFrame, thresholds: Sequence[float]) -> pd.DataFrame:
    """How many images a student of the trained teacher takes to reach a κ on fresh images.

    Args:
        runs: What :func:`runs_table` gives.
        thresholds: Those κ.

    Returns:
        Columns :data:`CELL`, labels, learner, threshold, teachers (how many), seeds (which),
        reached (by how many the κ was reached), at_once (by how many with the fewest images
        already, so that n* may be smaller), n_star (the median over all teachers; NaN if fewer than
        half reached it) and n_star_over_n1. No row where the students of a cell have one number of
        images only.
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


def images_to_reach(
    sizes: NDArray[np.int64], kappas: NDArray[np.float64], threshold: float
) -> float:
    """n*: where an isotonic fit of κ on log n reaches a threshold, interpolated linearly in log n.

    Args:
        sizes: n, ascending.
        kappas: The κ of each; NaN, where it is not defined, is left out.
        threshold: The κ that is to be reached.

    Returns:
        Images; the smallest of ``sizes`` if that is enough, infinity if the largest is not.
    """
    known = ~np.isnan(kappas)
    if not known.any():
        return math.inf
    at = np.log(sizes[known])
    fitted = isotonic_regression(kappas[known]).x
    above = np.flatnonzero(fitted >= threshold)
    if len(above) == 0:
        return math.inf
    place = above[0]
    if place == 0:
        return float(sizes[known][0])
    low, high = fitted[place - 1], fitted[place]
    share = (threshold - low) / (high - low)
    return float(np.exp(at[place - 1] + share * (at[place] - at[place - 1])))


def confusion_table(measured: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """What students say where their teachers say what, in shares of the teacher's answers.

    Which class is which means nothing to random labels, so that the classes of each teacher are
    put in the order of how often it gives them to fresh images, most often first, before the mean
    over teachers is taken.

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


def write_transfer_tables(
    measured: Sequence[Path], tables: Sequence[Path], spec: Mapping[str, Any]
) -> None:
    """Write all tables of a transfer.

    Args:
        measured: What was measured of each model.
        tables: The tables to write: runs, summary, sample efficiency, confusion.
        spec: The job's spec; read here is ``thresholds``.
    """
    read = [read_table(path) for path in measured]
    runs = runs_table(read)
    made = (
        runs,
        summary_table(runs),
        sample_efficiency_table(runs, spec["thresholds"]),
        confusion_table(read),
    )
    for table, path in zip(made, tables, strict=True):
        write_table(table, path)
