"""The spec of the step that measures class means."""

from dataclasses import dataclass

from rethinking.names.specs import DatasetSpec


@dataclass(frozen=True)
class ClassMeansSpec:
    """The classifiers of an experiment: one for each condition and seed."""

    dataset: DatasetSpec
    conditions: list[str]
    seeds: list[int]
