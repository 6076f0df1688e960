"""The order of images and their moves, by seed and epoch alone."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rethinking.seeds import derive_seed
from rethinking.training.order import image_moves, image_order
from tests.helpers.training import RECIPE

AUGMENTED = replace(RECIPE, random_crop=2, flip=0.5)
SEEDS = st.integers(0, 2**62)


@given(images=st.integers(1, 100), seed=SEEDS, epoch=st.integers(1, 10**6))
def test_an_epoch_is_a_permutation(images, seed, epoch):
    order = image_order(RECIPE, images, seed, epoch)
    assert sorted(order.tolist()) == list(range(images))


@given(images=st.integers(1, 100), steps=st.integers(1, 20), seed=SEEDS)
def test_an_epoch_of_so_many_steps_is_permutation_after_permutation(images, steps, seed):
    recipe = replace(RECIPE, epoch_steps=steps)
    order = image_order(recipe, images, seed, 1)
    assert len(order) == steps * recipe.batch_size
    passes = [order[start : start + images] for start in range(0, len(order), images)]
    assert all(sorted(one.tolist()) == list(range(images)) for one in passes[:-1])
    assert len(set(passes[-1].tolist())) == len(passes[-1])


def test_each_permutation_of_an_epoch_is_another():
    order = image_order(replace(RECIPE, epoch_steps=10), 40, 0, 1).reshape(4, 40)
    assert len({tuple(one) for one in order.tolist()}) == 4


@pytest.mark.parametrize("draw", [image_order, image_moves])
def test_each_seed_and_each_epoch_draws_for_itself_and_the_same_again(draw):
    drawn = {
        (seed, epoch): draw(AUGMENTED, 50, seed, epoch).tobytes()
        for seed in range(5)
        for epoch in range(1, 6)
    }
    assert len(set(drawn.values())) == 25
    again = {(seed, epoch): draw(AUGMENTED, 50, seed, epoch).tobytes() for seed, epoch in drawn}
    assert again == drawn


def test_the_order_is_the_permutation_of_its_stream():
    # So that another framework can draw the same.
    random = np.random.default_rng(derive_seed(3, "order, epoch 2"))
    assert image_order(RECIPE, 60, 3, 2).tolist() == random.permutation(60).tolist()


@pytest.mark.parametrize("draw", [image_order, image_moves])
def test_no_random_state_of_a_library_has_a_part_in_it(draw):
    found = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002, the state that must not matter
        before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
        found.append(draw(AUGMENTED, 50, 0, 1).tolist())
        assert torch.equal(torch.get_rng_state(), before[0])
        assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002
    assert found[0] == found[1]


@pytest.mark.parametrize("module", ["training.order", "training.recipe", "training.curve"])
def test_what_another_framework_would_share_does_without_torch(module):
    code = f"import sys, rethinking.{module}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_augmentation_leaves_the_order_of_images_as_it_was():
    for epoch in (1, 2):
        plain, moved = (image_order(one, 50, 0, epoch) for one in (RECIPE, AUGMENTED))
        assert plain.tolist() == moved.tolist()


def test_moves_are_all_shifts_mirrored_and_not():
    moves = image_moves(AUGMENTED, 200, 0, 1)
    assert moves.shape == (200, 3)
    # All 25 shifts, mirrored and not.
    assert len(np.unique(moves, axis=0)) == 50
    for axis in (0, 1):
        assert sorted(set(moves[:, axis].tolist())) == [-2, -1, 0, 1, 2]
    assert 60 < moves[:, 2].sum() < 140


def test_there_is_a_move_for_each_image_that_is_seen():
    assert len(image_moves(replace(AUGMENTED, epoch_steps=3), 9, 0, 1)) == 3 * RECIPE.batch_size


def test_a_probability_of_one_mirrors_all_and_of_zero_none():
    assert image_moves(replace(RECIPE, random_crop=1, flip=1.0), 9, 0, 1)[:, 2].all()
    assert not image_moves(replace(RECIPE, random_crop=1), 9, 0, 1)[:, 2].any()
    assert not image_moves(replace(RECIPE, flip=1.0), 9, 0, 1)[:, :2].any()
