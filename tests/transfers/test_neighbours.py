"""Students that look up their nearest neighbours: votes, and how many of them are best."""

import numpy as np

from rethinking.transfers.neighbours import (
    NEIGHBOURS,
    cross_validated_neighbours,
    neighbour_classes,
    neighbour_shares,
)


def test_the_nearest_image_gives_its_class():
    random = np.random.default_rng(0)
    images, queries = random.normal(size=(20, 3)), random.normal(size=(15, 3))
    classes = random.integers(4, size=20)
    nearest = np.linalg.norm(queries[:, None] - images, axis=2).argmin(axis=1)
    assert (neighbour_classes(images, classes, queries) == classes[nearest]).all()
    assert (neighbour_classes(images, classes, images) == classes).all()


def test_shares_are_votes_of_the_nearest_and_0_for_a_class_that_no_image_has():
    # On a line: of 0, 1, 2 and 10 the three nearest to 0.4 are 0, 1 and 2; those to 9 are 1, 2, 10.
    images, classes = np.array([[0.0], [1.0], [2.0], [10.0]]), np.array([1, 1, 3, 0])
    shares = neighbour_shares(3, images, classes, np.array([[0.4], [9.0]]), 5)
    third = 1 / 3
    assert np.allclose(shares, [[0, 2 * third, 0, third, 0], [third, third, 0, third, 0]])


def best_by_folds(images, classes, folds):
    """The number of neighbours that classifies best what lies in other folds."""
    n = len(images)
    apart = np.linalg.norm(images[:, None] - images, axis=2)
    fold = np.repeat(np.arange(folds), n // folds)
    accuracies = {}
    for k in NEIGHBOURS:
        if k <= n - n // folds:
            shares = []
            for one in range(folds):
                others = np.flatnonzero(fold != one)
                nearest = others[np.argsort(apart[fold == one][:, others], axis=1)[:, :k]]
                votes = [np.bincount(row).argmax() for row in classes[nearest]]
                shares.append(np.mean(votes == classes[fold == one]))
            accuracies[k] = np.mean(shares)
    return max(accuracies, key=lambda k: (round(accuracies[k], 9), -k))


def test_neighbours_are_chosen_by_five_folds():
    found = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        images = random.standard_normal((60, 2))
        classes = (images[:, 0] + random.standard_normal(60) > 0).astype(int)
        found.append(cross_validated_neighbours(images, classes))
        assert found[-1] == best_by_folds(images, classes, 5)
    assert len(set(found)) > 1, "the choice should differ"


def test_no_more_neighbours_are_tried_than_other_folds_have_images():
    images = np.arange(5.0)[:, None]
    # Of four others, five cannot vote; two are tried.
    assert cross_validated_neighbours(images, np.array([0, 0, 0, 0, 0])) == 1
    assert cross_validated_neighbours(images, np.array([0, 1, 0, 1, 0])) in (1, 2)
