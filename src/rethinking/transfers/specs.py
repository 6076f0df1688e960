"""What the steps about teachers and students are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.training.recipe import Recipe


@dataclass(frozen=True)
class TeachersSpec:
    """A block of teachers.

    Attributes:
        dataset: Gives the shape of images and, for real images, the images.
        images: One of ``rethinking.names.condition.KINDS``.
        n1: The number of images of a teacher.
        tests: The number of fresh images on which teachers and students are compared.
        pairs: Whether each teacher has pairs that differ from it in one thing only.
        seeds: Of the block.
        model: The network.
        recipe: How it is trained.
        compute: On what.
    """

    dataset: DatasetSpec
    images: str
    n1: int
    tests: int
    pairs: bool
    seeds: list[int]
    model: ModelSpec
    recipe: Recipe
    compute: Compute


@dataclass(frozen=True)
class StudentsSpec(TeachersSpec):
    """The students of a block of teachers; ``recipe`` is theirs.

    Attributes:
        student_images: The kind of their images.
        n2: The numbers of images of students.
        sources: What else than trained teachers labels images.
        learners: What else than networks learns.
        soft: Whether students also learn from probabilities.
    """

    student_images: str
    n2: list[int]
    sources: list[str]
    learners: list[str]
    soft: bool


@dataclass(frozen=True)
class AgreementSpec:
    """All that is measured of a model in a transfer.

    Attributes:
        cells: For each block of each cell, its students.
        seeds: Those in use.
        smoothness: Options of that measure; None to leave it out.
        compute: On what.
    """

    cells: list[StudentsSpec]
    seeds: list[int]
    smoothness: Mapping[str, Any] | None
    compute: Compute


@dataclass(frozen=True)
class TransferTablesSpec:
    """The tables of a transfer: the κ of which the number of images is reported."""

    thresholds: list[float]
