"""Rates, lengths of epochs, and when training ends."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import OneCycleLR, StepLR

from rethinking.training.recipe import (
    batches,
    images_in_epoch,
    may_have_fitted,
    schedule,
    should_stop,
    steps_in_epoch,
)
from tests.helpers.training import RECIPE


def rates(kind, steps):
    recipe = replace(RECIPE, schedule=kind, learning_rate=0.3)
    return [schedule(recipe, step, steps) for step in range(steps)]


def rates_of_torch(scheduler, steps, **options):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    schedule = scheduler(optimizer, **options)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(found) < steps:
            schedule.step()
    return found


@pytest.mark.parametrize("steps", [2, 3, 4, 7, 10, 41, 400, 1001])
def test_one_cycle_is_that_of_torch(steps):
    expected = rates_of_torch(
        OneCycleLR, steps, max_lr=0.3, total_steps=steps, cycle_momentum=False
    )
    assert rates("one_cycle", steps) == pytest.approx(expected, rel=1e-9)


def test_one_cycle_is_a_rise_and_a_fall_along_cosines():
    # Smith & Topin (2019), as torch has it: from 1/25 of the peak over 30 % of the steps, and down
    # to 1/10,000 of where it began.
    steps = 41
    top = 0.3 * steps - 1

    def between(start, end, share):
        return end + (start - end) * (1 + math.cos(math.pi * share)) / 2

    expected = [
        between(0.3 / 25, 0.3, step / top)
        if step <= top
        else between(0.3, 0.3 / 250_000, (step - top) / (steps - 1 - top))
        for step in range(steps)
    ]
    assert rates("one_cycle", steps) == pytest.approx(expected)


def test_one_cycle_of_ten_steps_has_its_peak_at_the_third():
    found = rates("one_cycle", 10)
    assert found[0] == pytest.approx(0.3 / 25)
    assert found[2] == max(found) == pytest.approx(0.3)
    assert found[9] == min(found) == pytest.approx(0.3 / 250_000)


def test_one_cycle_of_a_single_step_is_the_peak():
    assert rates("one_cycle", 1) == [0.3]


def test_the_exponential_schedule_is_that_of_torch_and_of_the_paper():
    # Zhang et al. (2017, §A.1): 0.95 an epoch, of 391 steps.
    found = rates("exponential", 1200)
    assert found == pytest.approx(rates_of_torch(StepLR, 1200, step_size=391, gamma=0.95))
    assert found[0] == found[390] == 0.3
    assert found[391] == found[781] == pytest.approx(0.285)
    assert found[782] == pytest.approx(0.27075)


def test_a_constant_rate_is_constant():
    assert rates("constant", 50) == [0.3] * 50


@pytest.mark.parametrize(
    ("images", "size", "ends"),
    [
        (32, 16, [16, 32]),
        (33, 16, [16, 33]),  # the last image joins the second batch
        (34, 16, [16, 32, 34]),
        (5, 1, [1, 2, 3, 5]),
        (9, 16, [9]),
        (1, 16, [1]),
        (1, 1, [1]),
    ],
)
def test_a_last_batch_of_one_image_joins_the_one_before(images, size, ends):
    starts = [0, *ends[:-1]]
    assert batches(images, size) == [slice(*pair) for pair in zip(starts, ends, strict=True)]


@given(images=st.integers(1, 300), size=st.integers(2, 50))
def test_batches_hold_every_image_once_and_are_equal_but_for_the_last(images, size):
    parts = batches(images, size)
    assert [i for part in parts for i in range(images)[part]] == list(range(images))
    lengths = [part.stop - part.start for part in parts]
    assert all(length == size for length in lengths[:-1])
    assert images == 1 or 2 <= lengths[-1] <= size + 1


@pytest.mark.parametrize(
    ("change", "images", "seen", "steps"),
    [
        ({}, 60, 60, 4),
        ({}, 65, 65, 4),
        ({"epoch_steps": 6}, 60, 96, 6),
        ({"epoch_steps": 3}, 9, 48, 3),
        ({"epoch_steps": 3}, 1000, 48, 3),
        ({"batch_size": 1, "epoch_steps": 3}, 9, 3, 2),
    ],
)
def test_an_epoch_is_a_pass_over_the_images_or_so_many_steps(change, images, seen, steps):
    recipe = replace(RECIPE, **change)
    assert images_in_epoch(recipe, images) == seen
    assert steps_in_epoch(recipe, images) == steps


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("epoch", "train_loss", "test_loss", "accuracy", "status"),
    [
        (1, 0.5, 2.0, 0.0, None),
        (1, 0.5, 2.0, 0.99, None),
        (1, 0.5, 2.0, 1.0, "interpolated"),
        (200, 0.5, 2.0, 1.0, "interpolated"),
        (199, 0.5, 2.0, 0.99, None),
        (200, 0.5, 2.0, 0.99, "budget_ended"),
        # What is no number has diverged, whatever else may be said of it.
        (1, NAN, 2.0, 0.0, "diverged"),
        (1, INF, 2.0, 0.0, "diverged"),
        (1, 0.5, NAN, 0.0, "diverged"),
        (200, 0.5, INF, 1.0, "diverged"),
    ],
)
def test_training_ends_by_interpolating_by_its_budget_or_by_diverging(
    epoch, train_loss, test_loss, accuracy, status
):
    assert should_stop(RECIPE, epoch, train_loss, test_loss, accuracy) == status


def test_a_share_of_the_labels_may_be_enough_and_without_one_the_budget_ends():
    some = replace(RECIPE, stop_at_train_accuracy=0.4)
    assert should_stop(some, 1, 0.5, 2.0, 0.39) is None
    assert should_stop(some, 1, 0.5, 2.0, 0.4) == "interpolated"
    never = replace(RECIPE, stop_at_train_accuracy=None)
    assert should_stop(never, 1, 0.0, 0.0, 1.0) is None
    assert should_stop(never, 200, 0.0, 0.0, 1.0) == "budget_ended"
    assert should_stop(never, 1, NAN, 0.0, 1.0) == "diverged"


LOG_2 = math.log(2)


@pytest.mark.parametrize(
    ("wanted", "epoch_loss", "last_loss", "worth"),
    [
        (1.0, LOG_2, 5.0, True),
        (1.0, 5.0, LOG_2, True),
        (1.0, 1.01 * LOG_2, 1.01 * LOG_2, False),
        (1.0, 0.0, 0.0, True),
        (1.0, NAN, NAN, False),
        (0.9, 5.0, 5.0, True),
        (None, 0.0, 0.0, False),
    ],
)
def test_interpolation_is_looked_for_where_a_loss_is_small(wanted, epoch_loss, last_loss, worth):
    recipe = replace(RECIPE, stop_at_train_accuracy=wanted)
    assert may_have_fitted(recipe, epoch_loss, last_loss) is worth


def test_only_recipes_that_move_images_augment():
    assert not RECIPE.augments
    assert replace(RECIPE, flip=0.5).augments
    assert replace(RECIPE, random_crop=1).augments
