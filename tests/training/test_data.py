"""The data of a block: whose images and labels are whose, and augmented inputs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rethinking.names.specs import ModelSpec
from rethinking.training.data import (
    TrainingData,
    build_for,
    seen_shape,
    training_data,
    with_augmentation,
)
from rethinking.training.inputs import network_inputs
from tests.conftest import make_dataset
from tests.helpers.training import RECIPE, of_many_sizes

CPU = torch.device("cpu")


def numbered(sets, members, n=10):
    """Images of one pixel, which says set and place, and labels that say member and place."""
    places = torch.arange(n)
    images = torch.stack([100 * number + places for number in range(sets)])
    labels = torch.stack([100 * number + places for number in range(members)])
    images = images[..., None, None, None].float()
    return TrainingData(images, labels, images[:, :2], labels[:, :2])


def gathered(data, members, order):
    """The numbers of images and labels of a batch that is all of the order."""
    images, labels = data.batch(*data.rows(members, torch.tensor(order)), None)
    return images.flatten(1).int().tolist(), labels.tolist()


def test_one_set_is_for_all_members_and_as_many_as_members_for_one_each():
    shared, own = numbered(1, 3), numbered(3, 3)
    assert [shared.set_of(member) for member in range(3)] == [0, 0, 0]
    assert [own.set_of(member) for member in range(3)] == [0, 1, 2]
    assert [of_many_sizes().set_of(member) for member in range(3)] == [0, 1, 1]


def test_a_member_has_all_images_or_as_many_as_its_size_says():
    assert [numbered(1, 3).size_of(member) for member in range(3)] == [10, 10, 10]
    assert [of_many_sizes().size_of(member) for member in range(3)] == [10, 60, 25]


def test_a_batch_holds_the_images_and_labels_of_each_member_in_its_order():
    assert gathered(numbered(3, 3), [0, 1, 2], [[1, 2], [3, 4], [5, 6]]) == (
        [[1, 2], [103, 104], [205, 206]],
        [[1, 2], [103, 104], [205, 206]],
    )
    assert gathered(numbered(1, 3), [1, 2], [[3, 4], [5, 6]]) == (
        [[3, 4], [5, 6]],
        [[103, 104], [205, 206]],
    )
    nested = replace(numbered(2, 3), sets=(0, 1, 1), sizes=(5, 10, 10))
    assert gathered(nested, [0, 2], [[4, 0], [9, 9]]) == (
        [[4, 0], [109, 109]],
        [[4, 0], [209, 209]],
    )


def test_labels_may_be_probabilities():
    data = of_many_sizes()
    _, labels = data.batch(*data.rows([2], torch.tensor([[7, 3]])), None)
    assert torch.equal(labels, data.train_labels[2:, [7, 3]])


def test_a_part_is_the_data_of_its_members():
    nested = replace(numbered(2, 3), sets=(0, 1, 1), sizes=(5, 10, 7))
    for data in (numbered(1, 3), numbered(3, 3), nested):
        part = data.part(slice(1, 3))
        assert [part.set_of(i) for i in (0, 1)] == [data.set_of(i) for i in (1, 2)]
        assert [part.size_of(i) for i in (0, 1)] == [data.size_of(i) for i in (1, 2)]
        order = [[3, 1], [2, 6]]
        assert gathered(part, [0, 1], order) == gathered(data, [1, 2], order)
        assert torch.equal(part.test_labels, data.test_labels[1:])
        assert gathered(data.part(slice(None)), [1, 2], order) == gathered(data, [1, 2], order)


def test_images_that_members_share_lie_on_the_device_once():
    base = make_dataset()
    labels = [replace(base, train_labels=base.train_labels * 0 + i) for i in range(3)]
    data = training_data(labels, "per_image", None, CPU)
    assert data.train_images.shape == (1, 60, 2, 4, 3)
    assert data.train_labels.shape == (3, 60)
    assert data.train_labels[:, 0].tolist() == [0, 1, 2]
    images = [replace(base, train_images=base.train_images.copy()) for _ in range(3)]
    data = training_data(images, "per_image", None, CPU)
    assert data.train_images.shape[0] == 3


@pytest.mark.parametrize("crop", [None, 2])
def test_data_are_the_inputs_of_each_data_set(crop):
    datasets = [make_dataset(seed=0), make_dataset(seed=1)]
    data = training_data(datasets, "per_dataset", crop, CPU)
    for member, one in enumerate(datasets):
        for split in ("train", "test"):
            images, labels = getattr(one, f"{split}_images"), getattr(one, f"{split}_labels")
            # Test images are scaled as training images are.
            wanted = network_inputs(images, one.train_images, "per_dataset", crop, CPU)
            assert torch.equal(getattr(data, f"{split}_images")[member], wanted)
            assert getattr(data, f"{split}_labels")[member].tolist() == labels.tolist()


def test_a_network_is_made_for_what_it_sees_of_the_images():
    dataset = make_dataset(shape=(2, 6, 5))
    assert seen_shape(dataset, None) == (2, 6, 5)
    assert seen_shape(dataset, 4) == (2, 4, 4)
    model = ModelSpec("m", "mlp", {"hidden": [7]})
    weights = build_for(dataset, model, 4, 0).state_dict()
    assert weights["1.weight"].shape == (7, 2 * 4 * 4)
    assert weights["3.weight"].shape == (5, 7)
    again, other = (build_for(dataset, model, 4, seed).state_dict() for seed in (0, 1))
    assert torch.equal(weights["1.weight"], again["1.weight"])
    assert not torch.equal(weights["1.weight"], other["1.weight"])


def augmented(datasets, **changes):
    """What makes augmented inputs under a recipe."""
    recipe = replace(RECIPE, **changes)
    data = training_data(datasets, recipe.scaling, recipe.crop, CPU)
    return with_augmentation(data, datasets, recipe).augmented


def test_without_a_recipe_that_augments_data_stay_as_they_are():
    datasets = [make_dataset()]
    data = training_data(datasets, "per_image", None, CPU)
    assert with_augmentation(data, datasets, RECIPE) is data


@pytest.mark.parametrize("scaling", ["per_image", "per_dataset"])
@pytest.mark.parametrize("crop", [None, 2])
def test_without_a_move_inputs_are_those_without_augmentation(scaling, crop):
    datasets = [make_dataset(seed=0), make_dataset(seed=1)]
    inputs = augmented(datasets, scaling=scaling, crop=crop, random_crop=1, flip=0.5)
    n = len(datasets[0].train_images)
    rows = torch.tensor([3, 0, n + 5, n - 1, 2 * n - 1])
    wanted = torch.cat(
        [network_inputs(one.train_images, one.train_images, scaling, crop, CPU) for one in datasets]
    )
    assert torch.equal(inputs(rows, torch.zeros(5, 3)), wanted[rows])


def test_images_are_scaled_after_they_are_moved():
    dataset = make_dataset()
    (found,) = augmented([dataset], random_crop=1)(torch.tensor([0]), torch.tensor([[1, 0, 0]]))
    below = np.zeros_like(dataset.train_images[:1])
    below[:, :, :-1] = dataset.train_images[:1, :, 1:]
    assert torch.equal(found, network_inputs(below, below, "per_image", None, CPU)[0])


def test_a_moved_crop_is_cut_out_of_the_image_as_it_is_stored():
    dataset = make_dataset(shape=(1, 6, 6))
    inputs = augmented([dataset], scaling="per_dataset", crop=4, random_crop=1)
    (found,) = inputs(torch.tensor([2]), torch.tensor([[1, -1, 0]]))
    window = dataset.train_images[2:3, :, 2:6, 0:4]
    centre = dataset.train_images[:, :, 1:5, 1:5]
    assert torch.equal(found, network_inputs(window, centre, "per_dataset", None, CPU)[0])


def test_a_batch_is_augmented_by_the_moves_of_each_member():
    dataset = make_dataset()
    sets = [dataset, replace(dataset, train_images=dataset.train_images[::-1].copy())]
    recipe = replace(RECIPE, flip=0.5)
    data = with_augmentation(training_data(sets, "per_image", None, CPU), sets, recipe)
    moves = torch.tensor([[[0, 0, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]]])
    images, _ = data.batch(*data.rows([0, 1], torch.tensor([[3, 4], [5, 6]])), moves)
    plain = data.train_images
    assert torch.equal(images[0, 0], plain[0, 3].flip(2))
    assert torch.equal(images[0, 1], plain[0, 4])
    assert torch.equal(images[1, 0], plain[1, 5])
    assert torch.equal(images[1, 1], plain[1, 6].flip(2))
