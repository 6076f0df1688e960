"""The settings of the steps that make the paper.

A layout is a module of ``rethinking.paper.tables`` with a function ``tabulate``, which returns a
table of the paper as LaTeX. Its arguments are the ``tables`` of results by experiment, facts
``about`` the study and, as keywords, the options of the layout.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reported:
    """An experiment that the paper may report."""

    kind: str  # one of rethinking.names.kinds
    dataset: str


@dataclass(frozen=True)
class ValuesSpec:
    """The numbers of the paper."""

    experiments: Mapping[str, Reported]  # by name, in order
    labels: Mapping[str, str]  # of models, references and data sets
    facts: Mapping[str, float | str]  # settings from the config, by key of ``values.json``


@dataclass(frozen=True)
class Layout:
    """A table of the paper, as the config declares it."""

    layout: str  # a module of rethinking.paper.tables
    experiments: list[str]  # the experiments of the scale that it shows
    table: str  # the name of the table of these experiments
    # Of ``tabulate``, as JSON: the order of columns counts, and the hash of a spec sorts keys.
    options: str


@dataclass(frozen=True)
class Model:
    """A row of the table of networks."""

    name: str
    recipes: list[str]  # the recipes that train it


@dataclass(frozen=True)
class About:
    """Facts about a study that tables show beside results."""

    labels: Mapping[str, str]  # of models, references and data sets
    models: list[Model]  # the models that the scale trains
    published: list[str]  # the models that may be compared by value with published results


@dataclass(frozen=True)
class LatexSpec:
    """All generated LaTeX."""

    scale: str
    banner: str  # the paper's line about the scale
    about: About
    tables: Mapping[str, Layout | None]  # by file name; None if the scale lacks the experiments
    figures: Mapping[str, str]  # the table of each figure, as ``<experiment>/<table>``


@dataclass(frozen=True)
class PagesSpec:
    """The pages of the report."""

    labels: Mapping[str, str]  # of models
