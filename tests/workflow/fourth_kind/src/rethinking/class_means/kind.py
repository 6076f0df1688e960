"""Classifiers by the nearest mean of a class, which cannot fit label noise."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rethinking.names.kinds import Printed, Row

if TYPE_CHECKING:
    import pandas as pd

SECTION = "class_means"
PRINTED = ("summary",)


def run(experiment: str, _row: Row) -> str:
    """The folder of all classifiers of an experiment."""
    return f"class_means/{experiment}"


def printed(tables: Mapping[str, "pd.DataFrame"]) -> Iterator[Printed]:
    """All numbers of the summary, by ``condition/metric``."""
    for place, row in enumerate(tables["summary"].to_dict("records")):
        yield f"{row['condition']}/{row['metric']}", "summary", place, row
