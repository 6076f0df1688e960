"""Networks that are trained on corrupted data, and reference functions for the same data."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rethinking.names.columns import SETTING
from rethinking.names.kinds import Printed, Row
from rethinking.names.recipe import NONE, regularization_of

if TYPE_CHECKING:
    import pandas as pd

SECTION = "experiments"
PRINTED = ("summary",)


def run(_experiment: str, row: Row) -> str:
    """The folder of the networks of a row, which experiments share."""
    return "/".join(["runs", *(row[column] for column in SETTING)])


def key(row: Row) -> str:
    """The key of a row in ``values.json``, below the experiment's name.

    It is ``model/condition/metric``, or ``model/condition/regularization/metric`` for a regularised
    network.
    """
    regularization = regularization_of(row["recipe"])
    regularizers = [] if regularization == NONE else [regularization]
    return "/".join([row["model"], row["condition"], *regularizers, row["metric"]])


def printed(tables: Mapping[str, "pd.DataFrame"]) -> Iterator[Printed]:
    """All numbers of the summary."""
    for index, row in enumerate(tables["summary"].to_dict("records")):
        yield key(row), "summary", index, row
