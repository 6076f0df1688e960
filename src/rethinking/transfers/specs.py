"""The specs of the steps for teachers and students."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.training.recipe import Recipe


@dataclass(frozen=True)
class TeachersSpec:
    """A block of teachers."""

    dataset: DatasetSpec  # the source of the image shape and of real images
    images: str  # one of rethinking.names.condition.KINDS
    n1: int  # the number of images of a teacher
    tests: int  # the number of fresh images for comparisons of teachers and students
    pairs: bool  # whether each teacher has pairs that differ from it in one aspect only
    seeds: list[int]  # of the block
    model: ModelSpec
    recipe: Recipe
    compute: Compute


@dataclass(frozen=True)
class StudentsSpec(TeachersSpec):
    """The students of a block of teachers, with the recipe of the students."""

    student_images: str  # the kind of their images
    n2: list[int]  # the numbers of images of students
    sources: list[str]  # of labels, beside trained teachers
    learners: list[str]  # beside networks
    soft: bool  # whether students also learn from probabilities


@dataclass(frozen=True)
class AgreementSpec:
    """All measurements of a model in a transfer."""

    cells: list[StudentsSpec]  # one for each block of each cell
    seeds: list[int]  # in use
    smoothness: Mapping[str, Any] | None  # the options of this measure; None to leave it out
    compute: Compute


@dataclass(frozen=True)
class TransferTablesSpec:
    """The tables of a transfer."""

    thresholds: list[float]  # of κ, for the numbers of images that reach them
