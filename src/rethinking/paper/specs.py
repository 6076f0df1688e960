"""What the steps that make the paper are told."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reported:
    """An experiment that the paper may report.

    Attributes:
        kind: See ``rethinking.names.kinds``.
        dataset: Its data set.
    """

    kind: str
    dataset: str


@dataclass(frozen=True)
class ValuesSpec:
    """The numbers of the paper.

    Attributes:
        experiments: By name, in order.
        labels: Of models, references and data sets.
        facts: Settings from the config, by key of ``values.json``.
    """

    experiments: Mapping[str, Reported]
    labels: Mapping[str, str]
    facts: Mapping[str, float | str]


@dataclass(frozen=True)
class Layout:
    """A table of the paper, as the config declares it.

    Attributes:
        layout: A module of ``rethinking.paper.tables``.
        experiments: Those whose results it shows; the scale has them.
        table: Which table of theirs.
        options: Of its ``tabulate``, as JSON: the order of columns counts, and keys are sorted
            where specs are compared.
    """

    layout: str
    experiments: list[str]
    table: str
    options: str


@dataclass(frozen=True)
class Model:
    """A row of the table of networks: a model and the recipes that train it."""

    name: str
    recipes: list[str]


@dataclass(frozen=True)
class About:
    """What tables of the paper may say of a study beside its results.

    Attributes:
        labels: Of models, references and data sets.
        models: Those that the scale trains.
        published: The models that may be compared by value with published results.
    """

    labels: Mapping[str, str]
    models: list[Model]
    published: list[str]


@dataclass(frozen=True)
class LatexSpec:
    """All that is generated for LaTeX.

    Attributes:
        scale: The scale's name.
        banner: The paper's line about the scale.
        about: For the tables.
        tables: By the name of the file; None where the scale lacks the experiments.
        figures: The table that each figure draws, as ``<experiment>/<table>``; by name.
    """

    scale: str
    banner: str
    about: About
    tables: Mapping[str, Layout | None]
    figures: Mapping[str, str]


@dataclass(frozen=True)
class PagesSpec:
    """The pages of the report: labels of models."""

    labels: Mapping[str, str]
