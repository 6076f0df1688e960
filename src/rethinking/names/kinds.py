"""The kinds of experiment: every folder of the package with a module ``kind`` is one.

Shared code asks the kind about its rows, and never guesses the kind from a table's columns.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[Any, Any]
# A number that the paper can print: its key below the experiment's name, its table, the index of
# its row in this table, and a row with ``mean``, ``low``, ``high``, ``n``, ``unit`` and ``seeds``.
Printed = tuple[str, str, int, Row]


class Kind(Protocol):
    """The interface of a module ``rethinking.<kind>.kind``."""

    SECTION: str  # the section of a scale in the config that holds experiments of this kind
    PRINTED: Sequence[str]  # the tables with numbers that the paper can print

    def run(self, experiment: str, row: Row) -> str:
        """The folder of the network or function of a row, below the results of a scale."""

    def printed(self, tables: Mapping[str, "pd.DataFrame"]) -> Iterator[Printed]:
        """The numbers of :attr:`PRINTED` that the paper can print."""


def kinds() -> list[str]:
    """The names of all kinds, sorted."""
    package = Path(__file__).parents[1]
    return sorted(path.parent.name for path in package.glob("*/kind.py"))


def load_kind(name: str) -> Kind:
    """The module of a kind."""
    return cast(Kind, importlib.import_module(f"rethinking.{name}.kind"))
