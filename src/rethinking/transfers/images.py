"""Images for a teacher, and fresh images for its students, without common images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset
from rethinking.data.noise import draw
from rethinking.errors import InputError
from rethinking.names.condition import REAL, WALKS
from rethinking.seeds import derive_seed

Images = NDArray[Any]


@dataclass(frozen=True)
class Split:
    """Images for training, and other images of the same kind for tests."""

    train: Images  # N×C×H×W
    test: Images  # M×C×H×W; for a walk, the steps after the last one of ``train``


def teacher_images(dataset: Dataset, kind: str, n: int, tests: int, seed: int) -> Split:
    """The images of a teacher; fewer images, or fewer for tests, are the first of more.

    The kind is one of ``rethinking.names.condition.KINDS``. The data set has the shape of the
    images, and is the source of real ones: if it has fewer than n, InputError is raised, and its
    test images may be fewer than ``tests``.
    """
    return _split(dataset, kind, n, tests, seed, "teacher")


def student_images(
    dataset: Dataset, kind: str, n: int, tests: int, seed: int, *, taken: int
) -> Split:
    """Fresh images for the students of a teacher, with the arguments of :func:`teacher_images`.

    ``taken`` is the number of images of the data set that the teacher has.
    """
    return _split(dataset, kind, n, tests, seed, "student", taken)


def teacher_labels(
    dataset: Dataset, kind: str, n: int, tests: int, seed: int, *, other: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The labels of :func:`teacher_images`, for both of its sets.

    Real images have their true labels, synthetic ones uniform and independent labels. ``other``
    draws new uniform labels, of real images too, for another teacher on the same images.
    """
    if kind == REAL and not other:
        order = _order(dataset, seed, n)
        return dataset.train_labels[order[:n]], dataset.test_labels[:tests]
    purpose = "other teacher labels" if other else "teacher labels"
    train, test = (
        _random(seed, f"{purpose}, {part}").integers(dataset.classes, size=size)
        for part, size in (("training", n), ("test", tests))
    )
    return (train, dataset.test_labels[:tests]) if kind == REAL else (train, test)


def test_sets(
    dataset: Dataset, kind: str, n: int, student_kind: str, tests: int, seed: int
) -> dict[str, Images]:
    """The sets on which a teacher and its students, with a kind of images each, are compared.

    Returns:
        ``own``, the teacher's training images; ``continuation`` of the teacher's walk, if it is
        one; and ``uniform_noise`` if images of the teacher or the students come from a walk.
        (``fresh`` images, of the students' kind, come from :func:`student_images`.)
    """
    split = teacher_images(dataset, kind, n, tests, seed)
    sets = {"own": split.train}
    if kind in WALKS:
        sets["continuation"] = split.test
    if any("walk" in images for images in (kind, student_kind)):
        noise = _split(dataset, "uniform_noise", 1, tests, seed, "student")
        sets["uniform_noise"] = noise.test
    return sets


def scale_images(dataset: Dataset, kind: str) -> Images:
    """Images whose mean and standard deviation scale all images of a teacher and its students.

    They represent the distribution of pixels, not a sample: the data set, or all bytes.
    """
    if kind in (REAL, "gaussian_noise"):
        return dataset.train_images
    return np.arange(256, dtype=np.uint8).reshape(-1, 1, 1, 1)


def _split(
    dataset: Dataset, kind: str, n: int, tests: int, seed: int, whose: str, taken: int = 0
) -> Split:
    if kind == REAL:
        order = _order(dataset, seed, taken + n)
        return Split(dataset.train_images[order[taken : taken + n]], dataset.test_images[:tests])
    if kind in WALKS:
        walk = draw(kind, dataset, n + tests, _random(seed, f"{whose} images"))
        return Split(walk[:n], walk[n:])
    return Split(
        draw(kind, dataset, n, _random(seed, f"{whose} images")),
        draw(kind, dataset, tests, _random(seed, f"{whose} test images")),
    )


def _order(dataset: Dataset, seed: int, wanted: int) -> NDArray[np.intp]:
    available = len(dataset.train_labels)
    if wanted > available:
        raise InputError(
            f"config: {wanted} images are asked for a teacher and its students together, and the "
            f"data set has {available} for training; ask for fewer"
        )
    return _random(seed, "teacher images").permutation(available)


def _random(seed: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng(derive_seed(seed, purpose))
