"""Networks that train together: each as it would alone, on data of its own."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from rethinking.step.resume import Saver
from rethinking.training.data import TrainingData
from rethinking.training.fit import fit_members
from rethinking.training.order import image_moves, image_order
from tests.helpers.training import (
    CLASSES,
    MLP,
    RECIPE,
    build,
    made_up,
    of_many_sizes,
    train,
)

SMALL = ("mlp", {"hidden": [8]})
TO_THE_END = replace(RECIPE, stop_at_train_accuracy=None)
STEPS = replace(
    TO_THE_END,
    optimizer="adam",
    learning_rate=0.01,
    schedule="one_cycle",
    max_epochs=4,
    epoch_steps=5,
)


@pytest.mark.parametrize("momentum", [0.9, 0.0])
def test_a_batched_block_is_training_each_seed_alone(momentum):
    seeds = [0, 1, 2, 3]
    recipe = replace(RECIPE, momentum=momentum)
    together, curve = train(MLP, seeds, recipe)
    assert len({one.epochs for one in together}) > 1, "members should stop at different epochs"
    for seed, batched in zip(seeds, together, strict=True):
        (alone,), curve_alone = train(MLP, [seed], recipe)
        assert (batched.seed, batched.status, batched.epochs) == (
            seed,
            "interpolated",
            alone.epochs,
        )
        # Sums run in another order in a batched product; over these steps the difference stays
        # below 1e-3 of the weights' spread.
        for name in alone.state:
            assert batched.state[name].shape == alone.state[name].shape
            difference = (batched.state[name] - alone.state[name]).abs().max()
            assert difference < 1e-3 * alone.state[name].std()
        losses = [row.train_loss for row in curve if row.seed == seed]
        assert losses == pytest.approx([row.train_loss for row in curve_alone], abs=1e-3)


def test_members_with_images_of_their_own_see_their_own():
    seeds = [0, 1]
    shared = made_up(seeds)
    own = replace(
        shared,
        train_images=torch.cat([shared.train_images, shared.train_images.flip(1)]),
        test_images=torch.cat([shared.test_images, shared.test_images.flip(1)]),
    )
    together, _ = train(MLP, seeds, data=own)
    alone, _ = train(
        MLP,
        [1],
        data=TrainingData(
            own.train_images[1:], own.train_labels[1:], own.test_images[1:], own.test_labels[1:]
        ),
    )
    assert together[1].epochs == alone[0].epochs
    for name, values in alone[0].state.items():
        torch.testing.assert_close(together[1].state[name], values, atol=1e-3, rtol=1e-3)


def test_the_same_seeds_give_the_same_bytes():
    first, second = (train(MLP, [0, 1])[0] for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert all((one.state[name] == other.state[name]).all() for name in one.state)


def test_a_run_that_diverges_is_recorded_and_the_others_go_on():
    data = made_up([0, 1])
    images = data.train_images.repeat(2, 1, 1, 1, 1)
    images[0] *= 1e30
    trained, curve = train(MLP, [0, 1], data=replace(data, train_images=images))
    assert [one.status for one in trained] == ["diverged", "interpolated"]
    assert not math.isfinite([row.train_loss for row in curve if row.seed == 0][-1])


def test_members_of_all_sizes_take_equal_steps_and_see_their_own_images_only():
    data = of_many_sizes()
    trained, curve = train(MLP, [0, 1, 2], STEPS, data)
    assert [one.status for one in trained] == ["budget_ended"] * 3
    assert [row.epoch for row in curve if row.seed == 0] == [1, 2, 3, 4]
    # What lies beyond a member's size, or in another's set, does not touch it.
    images, labels = data.train_images.clone(), data.train_labels.clone()
    images[0, 10:], labels[0, 10:] = 7.0, 0.25
    labels[2, 25:] = 0.25
    changed = replace(data, train_images=images, train_labels=labels)
    again, _ = train(MLP, [0, 1, 2], STEPS, changed)
    for one, other in zip(trained, again, strict=True):
        assert all((one.state[name] == other.state[name]).all() for name in one.state)


def test_members_of_all_sizes_train_as_each_would_alone():
    data = of_many_sizes()
    together, _ = train(MLP, [0, 1, 2], STEPS, data)
    for seed in range(3):
        place = slice(seed, seed + 1)
        chosen = slice(data.sets[seed], data.sets[seed] + 1)
        alone = TrainingData(
            data.train_images[chosen, : data.sizes[seed]],
            data.train_labels[place, : data.sizes[seed]],
            data.test_images[chosen],
            data.test_labels[place],
        )
        (one,), _ = train(MLP, [seed], STEPS, alone)
        for name, values in one.state.items():
            torch.testing.assert_close(together[seed].state[name], values, atol=1e-3, rtol=1e-3)


def test_members_stop_when_they_fit_their_own_images():
    data = of_many_sizes()
    hard = replace(
        data, train_labels=data.train_labels.argmax(2), test_labels=data.test_labels.argmax(2)
    )
    recipe = replace(STEPS, schedule="constant", stop_at_train_accuracy=1.0, max_epochs=100)
    trained, _ = train(MLP, [0, 1, 2], recipe, hard)
    assert [one.status for one in trained] == ["interpolated"] * 3
    assert trained[0].epochs < trained[1].epochs


@pytest.fixture
def seen(monkeypatch):
    """The rows of the images in every batch, members×batch, and their moves: a growing list."""
    batches = []
    batch = TrainingData.batch

    def spy(self, image_rows, label_rows, moves):
        batches.append((image_rows.clone(), None if moves is None else moves.clone()))
        return batch(self, image_rows, label_rows, moves)

    monkeypatch.setattr(TrainingData, "batch", spy)
    return batches


def fitted(network, seeds, recipe, data, folder, member_ids=None):
    """Train through `fit_members`."""
    networks = [build(network, seed) for seed in seeds]
    return fit_members(networks, data.part, recipe, member_ids or seeds, seeds, Saver(folder))


@pytest.mark.parametrize("seeds", [[3, 5], [5]])
def test_every_network_has_an_order_of_its_own_whoever_trains_beside_it(seen, tmp_path, seeds):
    recipe = replace(TO_THE_END, max_epochs=2)
    torch.manual_seed(len(seeds))
    fitted(MLP, seeds, recipe, made_up(seeds, n=37), tmp_path)
    rows = torch.cat([rows for rows, _ in seen], dim=1)
    for place, seed in enumerate(seeds):
        orders = [image_order(recipe, 37, seed, epoch).tolist() for epoch in (1, 2)]
        assert rows[place].tolist() == orders[0] + orders[1]


def test_members_of_other_labels_in_the_results_see_the_same_order(seen, tmp_path):
    recipe = replace(TO_THE_END, max_epochs=1)
    trained, curve = fitted(SMALL, [3, 5], recipe, made_up([3, 5]), tmp_path, member_ids=[0, 1])
    assert [one.seed for one in trained] == [row.seed for row in curve] == [0, 1]
    rows = torch.cat([rows for rows, _ in seen], dim=1)
    assert rows[1].tolist() == image_order(recipe, 60, 5, 1).tolist()


@pytest.mark.parametrize("seeds", [[4, 7], [7]])
def test_a_member_draws_the_same_moves_and_order_whoever_trains_beside_it(seen, seeds):
    data = made_up(seeds, n=37)
    data = replace(data, augmented=lambda rows, _: data.train_images[0][rows])
    recipe = replace(TO_THE_END, max_epochs=2, random_crop=2, flip=0.5)
    train(SMALL, seeds, recipe, data)
    rows, moves = (torch.cat(parts, dim=1) for parts in zip(*seen, strict=True))
    for place, seed in enumerate(seeds):
        expected = [image_moves(recipe, 37, seed, epoch).tolist() for epoch in (1, 2)]
        assert moves[place].tolist() == expected[0] + expected[1]
        # As without augmentation.
        orders = [image_order(RECIPE, 37, seed, epoch).tolist() for epoch in (1, 2)]
        assert rows[place].tolist() == orders[0] + orders[1]


def test_networks_train_on_augmented_images_and_are_evaluated_on_the_images_themselves():
    calls = []
    data = made_up([0, 1], n=37)

    def augmented(rows, moves):
        calls.append((rows, moves))
        return torch.zeros(len(rows), *data.train_images.shape[2:])

    recipe = replace(TO_THE_END, max_epochs=2, random_crop=1, flip=0.5)
    _, curve = train(SMALL, [0, 1], recipe, replace(data, augmented=augmented))
    assert [len(rows) for rows, _ in calls] == [32, 32, 10] * 2
    first = torch.cat([moves[: len(moves) // 2] for _, moves in calls[:3]])
    second = torch.cat([moves[: len(moves) // 2] for _, moves in calls[3:]])
    assert not torch.equal(first, second), "moves are drawn anew in each epoch"
    others = torch.cat([moves[len(moves) // 2 :] for _, moves in calls[:3]])
    assert not torch.equal(first, others), "members draw by themselves"
    # Of images that are all alike nothing can be learnt but a bias, and yet test images differ.
    _, plain = train(SMALL, [0, 1], replace(recipe, random_crop=0, flip=0.0), data)
    assert curve[0].test_loss != plain[0].test_loss


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_members_that_are_alike_differ_by_what_they_drop(tmp_path, dropout):
    # The same weights, labels and order.
    data = made_up([0])
    data = replace(
        data,
        train_labels=data.train_labels.repeat(2, 1),
        test_labels=data.test_labels.repeat(2, 1),
    )
    network = ("mlp", {"hidden": [8], "dropout": dropout})
    recipe = replace(TO_THE_END, max_epochs=1)
    (one, other), _ = fitted(network, [0, 0], recipe, data, tmp_path, member_ids=[0, 1])
    assert torch.equal(one.state["1.weight"], other.state["1.weight"]) == (dropout == 0)


def test_networks_that_train_one_by_one_drop_units_by_their_own_seeds(tmp_path):
    dropped = []

    def train_with(seeds):
        networks = []
        for _ in seeds:
            dropout = nn.Dropout()
            dropout.register_forward_hook(lambda _, inputs, output: dropped.append(output == 0))
            layers = (nn.Conv2d(1, 4, 1), nn.Flatten(), dropout, nn.Linear(64, CLASSES))
            networks.append(nn.Sequential(*layers))
        recipe = replace(TO_THE_END, max_epochs=1)
        dropped.clear()
        saver = Saver(tmp_path / str(len(seeds)))
        fit_members(networks, made_up(seeds, 16).part, recipe, seeds, seeds, saver)
        return [units for units in dropped if units.float().mean() > 0.3]  # not in evaluations

    first, second = train_with([0, 1])
    assert (first != second).float().mean() > 0.3
    (alone,) = train_with([1])
    assert torch.equal(alone, second)


def test_data_are_made_once_for_each_program(tmp_path):
    convolutional = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(32, CLASSES))
    for networks, parts in (
        ([build(SMALL, seed) for seed in range(2)], [slice(None)]),
        ([convolutional, convolutional], [slice(0, 1), slice(1, 2)]),
    ):
        data, calls = made_up([0, 1]), []
        fit_members(
            networks,
            lambda part, calls=calls, data=data: calls.append(part) or data.part(part),
            replace(TO_THE_END, max_epochs=1),
            [0, 1],
            [0, 1],
            Saver(tmp_path / str(len(parts))),
        )
        assert calls == parts
