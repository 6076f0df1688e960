"""Images of teachers and students: none in two sets, and fewer are the first of more."""

import itertools

import numpy as np
import pytest

from rethinking.errors import InputError
from rethinking.names.condition import KINDS, REAL, WALKS
from rethinking.transfers.images import (
    scale_images,
    student_images,
    teacher_images,
    teacher_labels,
)
from tests.conftest import make_dataset

BASE = make_dataset(n=120, m=30, shape=(1, 6, 6), classes=10)


def sets_of(kind, seed=0):
    teacher = teacher_images(BASE, kind, 50, 20, seed)
    student = student_images(BASE, kind, 60, 20, seed, taken=50)
    return {
        "teacher": teacher.train,
        "after the teacher": teacher.test,
        "students": student.train,
        "after the students": student.test,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_no_image_is_there_twice(kind):
    drawn = sets_of(kind)
    sets = {name: {image.tobytes() for image in images} for name, images in drawn.items()}
    # Nor twice in one, where a walk may come back: no function fits an image under two labels.
    assert [len(one) for one in sets.values()] == [len(images) for images in drawn.values()]
    if kind == REAL:
        # The test images of a data set are its own, for teachers and students alike.
        assert sets.pop("after the teacher") == sets["after the students"]
    for (_, one), (_, other) in itertools.combinations(sets.items(), 2):
        assert not one & other


@pytest.mark.parametrize("kind", KINDS)
def test_each_seed_has_images_of_its_own(kind):
    for name, images in sets_of(kind).items():
        if kind == REAL and name.startswith("after"):
            continue
        assert not np.array_equal(images, sets_of(kind, seed=1)[name])


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("images", [teacher_images, student_images])
def test_a_walk_is_tested_on_where_it_continues(walk, images):
    taken = {"taken": 40} if images is student_images else {}
    split = images(BASE, walk, 40, 10, 0, **taken)
    together = np.concatenate([split.train, split.test])
    assert ((together[1:] != together[:-1]).sum(axis=(1, 2, 3)) == 1).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.endswith("marginals")])
def test_fewer_images_are_the_first_of_more(kind):
    few = student_images(BASE, kind, 20, 5, 0, taken=50).train
    many = student_images(BASE, kind, 60, 5, 0, taken=50).train
    assert np.array_equal(few, many[:20])
    few, many = (teacher_labels(BASE, kind, n, 5, 0)[0] for n in (20, 60))
    assert np.array_equal(few, many[:20])


def test_labels_of_made_up_images_are_independent_of_the_images_and_of_each_other():
    labels, _ = teacher_labels(BASE, "random_walk_pixel", 20000, 5, 0)
    others, _ = teacher_labels(BASE, "random_walk_pixel", 20000, 5, 0, other=True)
    counts = np.histogram2d(labels[1:], labels[:-1], bins=10)[0]
    # 100 cells of 200 each: chi-squared with 81 degrees of freedom, far below 150.
    assert ((counts - 200) ** 2 / 200).sum() < 150
    assert abs((labels == others).mean() - 0.1) < 0.02


def test_real_images_keep_their_labels_unless_others_are_asked_for():
    images = teacher_images(BASE, REAL, 50, 20, 3).train
    labels, test_labels = teacher_labels(BASE, REAL, 50, 20, 3)
    by_image = {
        image.tobytes(): label
        for image, label in zip(BASE.train_images, BASE.train_labels, strict=True)
    }
    assert [by_image[image.tobytes()] for image in images] == list(labels)
    assert np.array_equal(test_labels, BASE.test_labels[:20])
    assert not np.array_equal(teacher_labels(BASE, REAL, 50, 20, 3, other=True)[0], labels)


def test_more_real_images_than_there_are_is_refused():
    with pytest.raises(InputError, match=r"130 images .* has 120"):
        student_images(BASE, REAL, 80, 20, 0, taken=50)


def test_bytes_are_scaled_by_all_bytes():
    assert scale_images(BASE, "half_walk_pixel").std() == pytest.approx(((256**2 - 1) / 12) ** 0.5)
    assert scale_images(BASE, "gaussian_noise") is BASE.train_images
