"""Images for a teacher, and fresh ones for its students, none of them in two sets."""

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
    """Images to train on, and others of their kind to test on.

    Attributes:
        train: N×C×H×W.
        test: M×C×H×W; where the images are a walk, the steps after the last of ``train``.
    """

    train: Images
    test: Images


def teacher_images(dataset: Dataset, kind: str, n: int, tests: int, seed: int) -> Split:
    """The images of a teacher; fewer images, or fewer for testing, are the first of more.

    Args:
        dataset: Gives the shape of the images; for real images, the images.
        kind: One of ``rethinking.names.condition.KINDS``.
        n: The number of training images.
        tests: The number of test images; of a data set's own, at most all.
        seed: The teacher's.

    Raises:
        InputError: The data set has not so many images.
    """
    if kind == REAL:
        order = _order(dataset, seed, n)
        return Split(dataset.train_images[order[:n]], dataset.test_images[:tests])
    return _synthetic(dataset, kind, n, tests, seed, "teacher")


def student_images(
    dataset: Dataset, kind: str, n: int, tests: int, seed: int, *, taken: int
) -> Split:
    """Fresh images for the students of a teacher; see :func:`teacher_images`.

    Args:
        dataset: Gives the shape of the images; for real images, the images.
        kind: One of ``rethinking.names.condition.KINDS``.
        n: The number of training images.
        tests: The number of test images.
        seed: The teacher's.
        taken: The number of images of the data set that the teacher has.

    Raises:
        InputError: The data set has not so many images.
    """
    if kind == REAL:
        order = _order(dataset, seed, taken + n)
        return Split(dataset.train_images[order[taken : taken + n]], dataset.test_images[:tests])
    return _synthetic(dataset, kind, n, tests, seed, "student")


def teacher_labels(
    dataset: Dataset, kind: str, n: int, tests: int, seed: int, *, other: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The labels of :func:`teacher_images`, of both its sets.

    True for real images; uniform and independent for synthetic ones.

    Args:
        dataset: Gives the classes; for real images, the labels.
        kind: One of ``rethinking.names.condition.KINDS``.
        n: The number of training images.
        tests: The number of test images.
        seed: The teacher's.
        other: Whether to draw labels anew, for another teacher on the same images. Of real images
            these are uniform too.
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
    """The sets on which a teacher and its students are compared.

    Args:
        dataset: Gives the shape of the images; for real images, the images.
        kind: Of the teacher's images.
        n: The number of the teacher's images.
        student_kind: Of the students' images.
        tests: The number of images of each other set.
        seed: The teacher's.

    Returns:
        ``own``, the teacher's training images; ``continuation`` of the teacher's walk, if it is
        one; and ``uniform_noise`` where teacher or students saw images that came from a walk.
        (``fresh`` images, of the students' kind, come with theirs.)
    """
    split = teacher_images(dataset, kind, n, tests, seed)
    sets = {"own": split.train}
    if kind in WALKS:
        sets["continuation"] = split.test
    if any("walk" in one for one in (kind, student_kind)):
        noise = _synthetic(dataset, "uniform_noise", 1, tests, seed, "student")
        sets["uniform_noise"] = noise.test
    return sets


def scale_images(dataset: Dataset, kind: str) -> Images:
    """Images whose mean and standard deviation scale all that a teacher and its students see.

    They are those of the pixels' distribution, not of a sample: of the data set, or of all bytes.
    """
    if kind in (REAL, "gaussian_noise"):
        return dataset.train_images
    return np.arange(256, dtype=np.uint8).reshape(-1, 1, 1, 1)


def _synthetic(dataset: Dataset, kind: str, n: int, tests: int, seed: int, whose: str) -> Split:
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
