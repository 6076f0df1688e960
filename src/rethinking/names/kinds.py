"""The kinds of experiment: each folder of the package that has a module ``kind`` is one.

Shared code asks a kind about its rows, and never guesses the kind from the columns of a table.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[Any, Any]
# Key behind the experiment's name, table, place in the table (from 0), and the row with ``mean``,
# ``low``, ``high``, ``n``, ``unit`` and ``seeds``.
Printed = tuple[str, str, int, Row]


class Kind(Protocol):
    """What a module ``rethinking.<kind>.kind`` has.

    Attributes:
        SECTION: The section of a scale of the config that holds experiments of this kind.
        PRINTED: The tables with numbers that the paper can print.
    """

    SECTION: str
    PRINTED: Sequence[str]

    def run(self, experiment: str, row: Row) -> str:
        """The folder, below the results of a scale, of what a row was measured on."""

    def printed(self, tables: Mapping[str, "pd.DataFrame"]) -> Iterator[Printed]:
        """The numbers of :attr:`PRINTED` that the paper can print."""


def kinds() -> list[str]:
    """The names of all kinds, sorted."""
    package = Path(__file__).parents[1]
    return sorted(path.parent.name for path in package.glob("*/kind.py"))


def load_kind(name: str) -> Kind:
    """The module of a kind."""
    return cast(Kind, importlib.import_module(f"rethinking.{name}.kind"))
