"""Teachers, and students that learn from fresh images with their teachers' labels."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rethinking.names.kinds import Printed, Row

if TYPE_CHECKING:
    import pandas as pd

SECTION = "transfers"
PRINTED = ("summary", "sample_efficiency")
# A group of teachers and the images of its students.
CELL = ("dataset", "model", "images", "n1", "student_images")
# The numbers of images by class: of the teacher along x and of the student along y.
CONFUSION = "confusion"


def run(experiment: str, row: Row) -> str:
    """The folder of a group of teachers and of their students."""
    return f"transfers/{experiment}/{row['model']}/{row['images']}-{row['n1']}"


def key(row: Row) -> str:
    """The key of a row in ``values.json``, below the transfer's name.

    It is ``model/images/student_images/source/learner-labels/test/metric``, with ``teacher`` for
    the learner in rows about teachers. It is unique among :func:`main_rows`.
    """
    learner = row["learner"] if row["n2"] == 0 else f"{row['learner']}-{row['labels']}"
    names = [row[name] for name in ("model", "images", "student_images", "source")]
    return "/".join([*names, learner, row["test"], row["metric"]])


def efficiency_key(row: Row) -> str:
    """The key of a row of the table of sample efficiency, below the transfer's name.

    It is ``model/images-n1/student_images/learner-labels/threshold``.
    """
    names = [row["model"], f"{row['images']}-{row['n1']}", row["student_images"]]
    return "/".join([*names, f"{row['learner']}-{row['labels']}", f"{row['threshold']:g}"])


def main_rows(table: "pd.DataFrame") -> "pd.DataFrame":
    """The rows with the most images for teachers, and among these with the most for students.

    Rows about teachers alone, which have no number of images for students, stay.
    """
    cell = ["model", "images", "student_images"]
    table = table[table["n1"] == table.groupby(cell)["n1"].transform("max")]
    most = table.groupby(cell)["n2"].transform("max")
    return table[(table["n2"] == most) | (table["n2"] == 0)]


def printed(tables: Mapping[str, "pd.DataFrame"]) -> Iterator[Printed]:
    """The main rows of the summary, and all numbers of sample efficiency."""
    for index, row in main_rows(tables["summary"]).to_dict("index").items():
        yield key(row), "summary", int(str(index)), row
    for index, row in enumerate(tables["sample_efficiency"].to_dict("records")):
        for name in ("n_star", "n_star_over_n1", "reached", "teachers"):
            unit = "size" if name.startswith("n_star") else "number"
            number = {"mean": float(row[name]), "low": None, "high": None, "unit": unit}
            numbered: Row = row | number | {"n": row["teachers"]}
            yield f"{efficiency_key(row)}/{name}", "sample_efficiency", index, numbered
