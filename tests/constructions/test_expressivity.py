"""Networks of the theorem fit any labels of images."""

from dataclasses import replace

import numpy as np
import pytest

from rethinking.constructions.expressivity import construct
from tests.conftest import make_dataset
from tests.helpers.constructions import CPU, table_of, value


def test_a_network_of_the_theorem_fits_random_labels_of_images():
    dataset = make_dataset(n=60)
    table = table_of(construct(dataset, 0, CPU, images=[7, 50], depths=[1, 5]))
    for images in (7, 50):
        for depth, units in ((1, images), (5, -(-images // 5) + 5)):
            keys = {"images": images, "function": f"depth-{depth}"}
            assert value(table, "parameters", **keys) == 2 * images + 24
            assert value(table, "units", **keys) <= units
            assert value(table, "train_accuracy", **keys) == 1
            assert value(table, "fit_error", **keys) <= 1e-6
            assert 0 < value(table, "gap", **keys) < 1
    points = table.loc[table["metric"] == "test_accuracy", "points"]
    assert (points == 20).all()
    # Depth spreads the same function over layers.
    one, five = (
        value(table, "lipschitz", images=50, function=f"depth-{depth}") for depth in (1, 5)
    )
    assert one == pytest.approx(five)


def test_the_accuracy_of_a_network_of_the_theorem_is_of_the_nearest_class():
    dataset = make_dataset(n=20)
    same = replace(dataset, test_images=dataset.train_images, test_labels=dataset.train_labels)
    table = table_of(construct(same, 0, CPU, images=[20], depths=[1]))
    assert value(table, "test_accuracy") == 1
    wrong = replace(same, test_labels=(dataset.train_labels + 1) % 5)
    table = table_of(construct(wrong, 0, CPU, images=[20], depths=[1]))
    assert value(table, "test_accuracy") == 0


def test_labels_that_are_all_nought_are_fitted():
    dataset = replace(make_dataset(n=9), train_labels=np.zeros(9, dtype=np.int64))
    table = table_of(construct(dataset, 0, CPU, images=[9], depths=[1]))
    assert value(table, "fit_error") == 0
