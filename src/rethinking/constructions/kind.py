"""Functions that fit labels without training of a network."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rethinking.names.kinds import Printed, Row

if TYPE_CHECKING:
    import pandas as pd

SECTION = "constructions"
PRINTED = ("summary",)


def run(experiment: str, _row: Row) -> str:
    """The folder of all functions of a construction."""
    return f"constructions/{experiment}"


def key(row: Row) -> str:
    """The key of a row in ``values.json``, below the construction's name.

    It is ``function/images/condition/metric``, or ``function/images/l2/condition/metric`` for a
    function with a penalty.
    """
    penalty = [] if row["l2"] != row["l2"] else [f"{row['l2']:g}"]  # only NaN differs from itself
    names = [row["function"], str(row["images"]), *penalty, row["condition"], row["metric"]]
    return "/".join(names)


def printed(tables: Mapping[str, "pd.DataFrame"]) -> Iterator[Printed]:
    """The numbers of the summary that are not on a curve.

    Those with the most images of a function occur twice, also with ``most`` for this number.
    """
    summary = tables["summary"]
    most = summary.groupby("function")["images"].max()
    for index, row in summary[summary["x"].isna()].to_dict("index").items():
        yield key(row), "summary", int(str(index)), row
        if row["images"] == most[row["function"]]:
            yield key(row | {"images": "most"}), "summary", int(str(index)), row
