"""What readers see in place of a name."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from rethinking.names.condition import REAL, SYNTHETIC, UNTRAINED, WALKS, parse_condition
from rethinking.names.recipe import NONE


def in_order(conditions: Iterable[str]) -> list[str]:
    """Each condition once: untrained, label noise by its level, then the others as they come."""
    levels = {name: parse_condition(name).label_noise for name in conditions}
    noisy = sorted((level, name) for name, level in levels.items() if level is not None)
    others = [name for name, level in levels.items() if level is None and name != UNTRAINED]
    return [UNTRAINED] * (UNTRAINED in levels) + [name for _, name in noisy] + others


def short_label(condition: str) -> str:
    """The same where there is little room: label noise by its level only."""
    level = parse_condition(condition).label_noise
    return condition_label(condition) if level is None else f"$p = {level:g}$"


def condition_label(condition: str) -> str:
    """How figures and tables call a condition; ``$…$`` is mathematics to both of them."""
    parsed = parse_condition(condition)
    name = parsed.corruption.replace("_", " ")
    if parsed.corruption in SYNTHETIC:
        name += ", random labels"
    if parsed.level is None:
        return name
    return f"{'random labels' if parsed.label_noise == 1 else name} ($p = {parsed.level:g}$)"


def regularization_label(regularization: str) -> str:
    """What figures and tables call a regularisation, as ``regularization_of`` gives it."""
    return regularization.replace("_", " ").replace("-", ", ")


def function_label(function: str) -> str:
    """What figures and tables call a constructed function."""
    name, _, depth = function.partition("-")
    if depth:
        return f"{depth} hidden layer{'' if depth == '1' else 's'}"
    return name.replace("_", ", ")


def kind_label(kind: str) -> str:
    """What figures and tables call the images of teachers and students."""
    if kind == REAL:
        return "real images, true labels"
    walk = kind.removesuffix("_marginals")
    if walk not in WALKS:
        return kind.replace("_", " ")
    step, _, unit = walk.split("_")
    name = f"{'random' if step == 'random' else 'half-step'} walk by {unit}"
    return name if walk == kind else f"{name}, shuffled"


def main_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a transfer's table with the most images for teachers, and of these for students.

    Rows about teachers alone, which have no number of images for students, are kept.
    """
    cell = ["model", "images", "student_images"]
    most = table.groupby(cell)["n1"].transform("max")
    table = table[table["n1"] == most]
    most = table.groupby(cell)["n2"].transform("max")
    return table[(table["n2"] == most) | (table["n2"] == 0)]


def summary_key(row: Mapping[Any, Any]) -> str:
    """How a row of a summary is called in the paper, behind the experiment's name.

    ``model/condition/metric``, or of a regularised network
    ``model/condition/regularization/metric``.
    """
    regularization = [] if row["regularization"] == NONE else [row["regularization"]]
    return "/".join([row["model"], row["condition"], *regularization, row["metric"]])


def transfer_key(row: Mapping[Any, Any]) -> str:
    """How a row of a transfer's table is called in the paper, behind the transfer's name.

    ``model/images/student_images/source/learner-labels/test/metric``, with ``teacher`` for the
    learner where there is none. It is unique among :func:`main_rows`.
    """
    learner = row["learner"] if row["n2"] == 0 else f"{row['learner']}-{row['labels']}"
    names = [row[key] for key in ("model", "images", "student_images", "source")]
    return "/".join([*names, learner, row["test"], row["metric"]])


def construction_key(row: Mapping[Any, Any]) -> str:
    """How a row of a construction's table is called in the paper, behind the construction's name.

    ``function/images/condition/metric``, or ``function/images/l2/condition/metric``.
    """
    penalty = [] if pd.isna(row["l2"]) else [f"{row['l2']:g}"]
    names = [row["function"], str(row["images"]), *penalty, row["condition"], row["metric"]]
    return "/".join(names)


def efficiency_key(row: Mapping[Any, Any]) -> str:
    """How a row of a table of sample efficiency is called in the paper, behind the transfer's name.

    ``model/images-n1/student_images/learner-labels/threshold``.
    """
    names = [row["model"], f"{row['images']}-{row['n1']}", row["student_images"]]
    return "/".join([*names, f"{row['learner']}-{row['labels']}", f"{row['threshold']:g}"])
