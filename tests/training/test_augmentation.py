from dataclasses import replace

import numpy as np
import pytest
import torch

from rethinking.networks.train import augmentation
from rethinking.training.augmentation import draw_moves, moved, with_margin
from rethinking.training.fit import Recipe
from rethinking.training.inputs import network_inputs
from tests.conftest import make_dataset
from tests.training.test_fit import RECIPE, made_up, train

CPU = torch.device("cpu")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def recipe(**changes):
    return replace(RECIPE, **changes)


def numbered(side):
    """An image in which every pixel has a number of its own."""
    return torch.arange(side * side).view(1, 1, side, side)


def test_moves_are_seeded_and_another_for_each_image():
    moves = draw_moves(200, 2, 0.5, generator())
    assert torch.equal(moves, draw_moves(200, 2, 0.5, generator()))
    assert not torch.equal(moves, draw_moves(200, 2, 0.5, generator(1)))
    # All 25 shifts, mirrored and not.
    assert len(torch.unique(moves, dim=0)) == 50
    assert sorted(set(moves[:, 0].tolist())) == [-2, -1, 0, 1, 2]
    assert 60 < moves[:, 2].sum() < 140


def test_a_probability_of_one_mirrors_all_and_of_zero_none():
    assert draw_moves(9, 1, 1.0, generator())[:, 2].all()
    assert not draw_moves(9, 1, 0.0, generator())[:, 2].any()
    assert not draw_moves(9, 0, 1.0, generator())[:, :2].any()


def test_a_window_is_what_lies_there():
    image = numbered(6)
    moves = torch.tensor([[1, -1, 0], [0, 0, 1], [0, 0, 0]])
    windows = moved(image.expand(3, 1, 6, 6), moves, (4, 4))
    assert windows.shape == (3, 1, 4, 4)
    assert torch.equal(windows[0, 0], image[0, 0, 2:6, 0:4])
    assert torch.equal(windows[1, 0], image[0, 0, 1:5, 1:5].flip(1))
    assert torch.equal(windows[2, 0], image[0, 0, 1:5, 1:5])


def test_windows_within_the_image_need_no_margin_and_others_a_black_one():
    cifar = torch.ones(1, 3, 32, 32, dtype=torch.uint8)
    assert with_margin(cifar, 28, 2) is not None
    assert with_margin(cifar, 28, 2).shape == (1, 3, 32, 32)
    assert with_margin(cifar, 28, 3).shape == (1, 3, 34, 34)
    whole = with_margin(cifar, None, 1)
    assert whole.shape == (1, 3, 34, 34)
    assert whole.sum() == cifar.sum()
    corner = moved(whole, torch.tensor([[1, 1, 0]]), (32, 32))
    assert corner[0, :, -1].sum() == corner[0, :, :, -1].sum() == 0
    assert corner[0, :, :-1, :-1].all()


@pytest.mark.parametrize("scaling", ["per_image", "per_dataset"])
@pytest.mark.parametrize("crop", [None, 2])
def test_without_a_move_inputs_are_those_without_augmentation(scaling, crop):
    first, second = make_dataset(seed=0), make_dataset(seed=1)
    asked = recipe(scaling=scaling, crop=crop, random_crop=1, flip=0.5)
    n = len(first.train_images)
    rows = torch.tensor([3, 0, n + 5, n - 1, 2 * n - 1])
    found = augmentation([first, second], asked, CPU)(rows, torch.zeros(5, 3))
    wanted = torch.cat(
        [
            network_inputs(one.train_images, one.train_images, scaling, crop, CPU)
            for one in (first, second)
        ]
    )
    assert torch.equal(found, wanted[rows])


def test_images_are_scaled_after_they_are_moved():
    dataset = make_dataset()
    asked = recipe(random_crop=1)
    moves = torch.tensor([[1, 0, 0]])
    (found,) = augmentation([dataset], asked, CPU)(torch.tensor([0]), moves)
    below = np.zeros_like(dataset.train_images[:1])
    below[:, :, :-1] = dataset.train_images[:1, :, 1:]
    assert torch.equal(found, network_inputs(below, below, "per_image", None, CPU)[0])


def test_networks_train_on_augmented_images_and_are_evaluated_on_the_images_themselves():
    seen = []
    data = made_up([0, 1], n=37)

    def augmented(rows, moves):
        seen.append((rows, moves))
        return torch.zeros(len(rows), *data.train_images.shape[2:])

    asked = recipe(max_epochs=2, random_crop=1, flip=0.5, stop_at_train_accuracy=None)
    _, curve = train(("mlp", {"hidden": [8]}), [0, 1], asked, replace(data, augmented=augmented))
    assert [len(rows) for rows, _ in seen] == [32, 32, 10] * 2
    first = torch.cat([moves[: len(moves) // 2] for _, moves in seen[:3]])
    second = torch.cat([moves[: len(moves) // 2] for _, moves in seen[3:]])
    assert not torch.equal(first, second), "moves are drawn anew in each epoch"
    others = torch.cat([moves[len(moves) // 2 :] for _, moves in seen[:3]])
    assert not torch.equal(first, others), "members draw by themselves"
    # Of images that are all alike nothing can be learnt but a bias, and yet test images differ.
    plain = train(("mlp", {"hidden": [8]}), [0, 1], replace(asked, random_crop=0, flip=0.0), data)
    assert curve[0].test_loss != plain[1][0].test_loss


def test_augmentation_leaves_the_order_of_images_as_it_was():
    data = made_up([0], n=37)
    seen = []

    def augmented(rows, _moves):
        seen.append(rows.clone())
        return data.train_images[0][rows]

    asked = recipe(max_epochs=3, random_crop=2, flip=0.5, stop_at_train_accuracy=None)
    train(("mlp", {"hidden": [8]}), [0], asked, replace(data, augmented=augmented))
    order = generator(0)  # as without augmentation
    assert torch.equal(
        torch.cat(seen), torch.cat([torch.randperm(37, generator=order) for _ in range(3)])
    )


def test_a_member_draws_the_same_moves_whoever_trains_beside_it():
    def run(seeds):
        seen = []
        data = made_up(seeds)

        def augmented(rows, moves):
            seen.append(moves.view(len(seeds), -1, 3))
            return data.train_images[0][rows]

        asked = recipe(max_epochs=2, random_crop=2, stop_at_train_accuracy=None)
        train(("mlp", {"hidden": [8]}), seeds, asked, replace(data, augmented=augmented))
        return torch.cat(seen, dim=1)

    assert torch.equal(run([4, 7])[1], run([7])[0])


def test_only_recipes_that_move_images_augment():
    assert not Recipe(**vars(RECIPE)).augments
    assert recipe(flip=0.5).augments
    assert recipe(random_crop=1).augments
