"""Networks that are trained on corrupted data, and reference functions of the same data."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rethinking.names.kinds import Printed, Row
from rethinking.names.recipe import NONE, regularization_of

if TYPE_CHECKING:
    import pandas as pd

SECTION = "experiments"
PRINTED = ("summary",)


def run(_experiment: str, row: Row) -> str:
    """The folder of the networks of a row, which experiments share."""
    return "/".join(["runs", *(row[key] for key in ("dataset", "condition", "model", "recipe"))])


def key(row: Row) -> str:
    """The key of a row in ``values.json``, behind the experiment's name.

    ``model/condition/metric``, or of a regularised network
    ``model/condition/regularization/metric``.
    """
    regularization = regularization_of(row["recipe"])
    regularizers = [] if regularization == NONE else [regularization]
    return "/".join([row["model"], row["condition"], *regularizers, row["metric"]])


def printed(tables: Mapping[str, "pd.DataFrame"]) -> Iterator[Printed]:
    """All numbers of the summary."""
    for place, row in enumerate(tables["summary"].to_dict("records")):
        yield key(row), "summary", place, row
