"""The training loop: what it sees, at which rates, when it ends, and what it evaluates."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from rethinking.training import fit as loop
from rethinking.training.data import TrainingData
from rethinking.training.networks import build_network
from rethinking.training.order import image_order
from rethinking.training.recipe import LOSS_OF_A_CLASSIFIED_IMAGE, schedule
from tests.helpers.training import (
    CLASSES,
    MLP,
    RECIPE,
    RESNET18,
    SHAPE,
    build,
    fit_networks,
    made_up,
    train,
)

TO_THE_END = replace(RECIPE, stop_at_train_accuracy=None)


@pytest.mark.parametrize("network", [MLP, RESNET18])
def test_fits_random_labels_and_says_so(network):
    (trained,), curve = train(network, [0], replace(RECIPE, learning_rate=0.05))
    assert trained.status == "interpolated"
    assert trained.epochs == len(curve) < RECIPE.max_epochs
    # The state that is given back, not the state some steps earlier or later, fits every label.
    module = build(network, 9).train(False)
    module.load_state_dict(trained.state)
    data = made_up([0])
    with torch.no_grad():
        assert (module(data.train_images[0]).argmax(1) == data.train_labels[0]).all()


@pytest.mark.parametrize("network", [MLP, RESNET18])
def test_a_seed_gives_the_same_bytes_whatever_torch_has_drawn_before(network):
    found = []
    for before in (0, 1):
        torch.manual_seed(before)
        state = torch.get_rng_state()
        (trained,), curve = train(network, [0], replace(TO_THE_END, max_epochs=2))
        found.append(({name: w.numpy().tobytes() for name, w in trained.state.items()}, curve))
        assert torch.equal(torch.get_rng_state(), state)
    assert found[0] == found[1]


def test_a_run_ends_with_its_budget():
    trained, curve = train(MLP, [0, 1], replace(RECIPE, max_epochs=2))
    assert [one.status for one in trained] == ["budget_ended"] * 2
    assert [(row.seed, row.epoch) for row in curve] == [(0, 1), (1, 1), (0, 2), (1, 2)]


def test_who_watches_is_given_the_rows_of_each_epoch_when_it_ends():
    seen = []
    networks = [build(MLP, seed) for seed in (0, 1)]
    _, curve = fit_networks(networks, made_up([0, 1]), RECIPE, [0, 1], watch=seen.append)
    assert [row for rows in seen for row in rows] == curve
    assert [{row.epoch for row in rows} for rows in seen] == [{i + 1} for i in range(len(seen))]


def test_a_network_may_stop_before_it_interpolates_at_whatever_loss():
    recipe = replace(RECIPE, stop_at_train_accuracy=0.4, learning_rate=0.02)
    (trained,), curve = train(MLP, [0], recipe)
    assert trained.status == "interpolated"
    assert curve[-1].train_loss > LOSS_OF_A_CLASSIFIED_IMAGE
    module = build(MLP, 9)
    module.load_state_dict(trained.state)
    data = made_up([0])
    right = (module(data.train_images[0]).argmax(1) == data.train_labels[0]).float().mean()
    assert right >= 0.4


def test_whether_a_network_interpolates_is_checked_when_its_loss_is_small(monkeypatch):
    checked, ended = [], []
    evaluate = loop.evaluate

    def counted(members, data, training, split):
        if split == "train":
            checked.append(len(ended) + 1)
        return evaluate(members, data, training, split)

    monkeypatch.setattr(loop, "evaluate", counted)
    recipe = replace(RECIPE, learning_rate=0.02)
    (trained,), curve = fit_networks([build(MLP, 0)], made_up([0]), recipe, [0], watch=ended.append)
    losses = [row.train_loss for row in curve]
    small = {e for e, loss in enumerate(losses, 1) if loss <= LOSS_OF_A_CLASSIFIED_IMAGE}
    assert set(checked) >= small
    assert 0 < len(checked) < trained.epochs


def test_a_network_that_trains_to_the_end_is_not_checked(monkeypatch):
    splits = []
    evaluate = loop.evaluate
    monkeypatch.setattr(
        loop, "evaluate", lambda *given: splits.append(given[-1]) or evaluate(*given)
    )
    train(MLP, [0], replace(TO_THE_END, max_epochs=40))
    assert splits == ["test"] * 40


def test_interpolation_is_noticed_after_the_first_epoch_at_whose_end_it_holds():
    # Learnt within an epoch: on the way, far fewer are right than at the end.
    n = 48
    labels = torch.arange(n)[None] % 2
    images = (labels * 2.0 - 1)[..., None, None, None].expand(1, n, *SHAPE).clone()
    data = TrainingData(images, labels, images[:, :4], labels[:, :4])
    network = build_network("mlp", {"hidden": []}, SHAPE, 2, 0)
    with torch.no_grad():  # starts with all labels wrong
        network[1].weight[:] = torch.tensor([[0.05], [-0.05]])
    (trained,), curve = fit_networks([network], data, RECIPE, [0])
    assert curve[0].train_accuracy < 0.8
    assert (trained.status, trained.epochs) == ("interpolated", 1)


def test_weights_that_end_as_no_numbers_have_diverged_even_if_the_last_loss_was_one():
    data = made_up([0], n=16)
    recipe = replace(RECIPE, max_epochs=1, learning_rate=1e38)
    (trained,), curve = train(MLP, [0], recipe, data)
    assert math.isfinite(curve[0].train_loss)
    assert trained.status == "diverged"


def test_one_step_is_the_step_of_sgd():
    # A single batch: the update is known in closed form.
    data = made_up([0], n=16)
    network = ("mlp", {"hidden": [4]})
    before = build(network, 0)
    loss = cross_entropy(before(data.train_images[0]), data.train_labels[0])
    loss.backward()
    recipe = replace(RECIPE, max_epochs=1, learning_rate=0.5)
    (trained,), curve = train(network, [0], recipe, data)
    for name, parameter in before.named_parameters():
        expected = parameter.detach() - 0.5 * parameter.grad
        torch.testing.assert_close(trained.state[name], expected, atol=1e-6, rtol=1e-5)
    assert curve[0].train_loss == pytest.approx(loss.item(), rel=1e-5)


def test_a_curve_says_the_means_over_the_steps_of_an_epoch_before_each_update():
    # At a rate of 0 nothing changes between the steps.
    data = made_up([0], n=37)
    recipe = replace(TO_THE_END, max_epochs=1, learning_rate=0.0)
    _, (row,) = train(MLP, [0], recipe, data)
    for split in ("train", "test"):
        images, labels = (getattr(data, f"{split}_{of}")[0] for of in ("images", "labels"))
        logits = build(MLP, 0)(images)
        loss = float(cross_entropy(logits, labels).detach())
        assert getattr(row, f"{split}_loss") == pytest.approx(loss, rel=1e-5)
        right = float((logits.argmax(1) == labels).float().mean())
        assert getattr(row, f"{split}_accuracy") == pytest.approx(right)


@pytest.mark.parametrize(
    ("network", "seeds"),
    [(("mlp", {"hidden": [64], "dropout": 0.9}), [0, 1]), (RESNET18, [0])],
    ids=["dropout", "batch norm"],
)
def test_networks_are_evaluated_without_dropout_and_batch_statistics(network, seeds):
    data = made_up(seeds)
    data = replace(data, test_images=data.train_images, test_labels=data.train_labels)
    trained, curve = train(network, seeds, replace(TO_THE_END, max_epochs=1), data)
    for member, one in enumerate(trained):
        module = build(network, 0)
        module.load_state_dict(one.state)
        with torch.no_grad():
            logits = module.train(False)(data.train_images[0])
        loss = cross_entropy(logits, data.train_labels[member])
        assert curve[member].test_loss == pytest.approx(float(loss), rel=1e-4)
        right = (logits.argmax(dim=1) == data.train_labels[member]).float().mean()
        assert curve[member].test_accuracy == pytest.approx(float(right))


@pytest.mark.parametrize(("most", "every"), [(10_000, 1), (20, 3)])
def test_running_statistics_are_those_of_the_training_images_at_the_end(monkeypatch, most, every):
    # Of all images, or of some that are evenly spaced; they stand in an order, by brightness.
    monkeypatch.setattr("rethinking.training.networks.BATCH_NORM_IMAGES", most)
    data = made_up([0])
    images = data.train_images + torch.linspace(-2, 2, 60)[None, :, None, None, None]
    recipe = replace(TO_THE_END, max_epochs=2)
    (trained,), _ = train(RESNET18, [0], recipe, replace(data, train_images=images))
    network = build(RESNET18, 0)
    network.load_state_dict(trained.state)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0  # what it saw last, and nothing else
    with torch.no_grad():
        network.train(True)(images[0, ::every])
    for name, statistics in network.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            torch.testing.assert_close(trained.state[name], statistics, rtol=1e-4, atol=1e-5)


def test_batch_norm_survives_a_last_batch_of_one():
    data = made_up([0], n=17)  # batches of 16 would leave one image
    (trained,), _ = train(RESNET18, [0], replace(RECIPE, max_epochs=1), data)
    assert trained.status != "diverged"


def test_certain_probabilities_are_the_labels():
    data = made_up([0, 1])
    certain = replace(
        data,
        train_labels=nn.functional.one_hot(data.train_labels, CLASSES).float(),
        test_labels=nn.functional.one_hot(data.test_labels, CLASSES).float(),
    )
    (_, by_label), (_, by_probability) = (train(MLP, [0, 1], data=one) for one in (data, certain))
    for row, other in zip(by_label, by_probability, strict=True):
        assert vars(row) == pytest.approx(vars(other), abs=1e-3)


def test_one_cycle_anneals_to_almost_nothing():
    recipe = replace(RECIPE, schedule="one_cycle", max_epochs=30, stop_at_train_accuracy=2.0)
    (trained,), curve = train(MLP, [0], recipe)
    assert trained.status == "budget_ended"
    losses = [row.train_loss for row in curve]
    assert losses[-1] < 0.05
    assert abs(losses[-1] - losses[-2]) < 1e-3


@pytest.fixture
def rates(monkeypatch):
    """The learning rate of every step of SGD, as a list that grows."""
    seen = []
    step = torch.optim.SGD.step

    def spy(self, *arguments, **options):
        seen.append(self.param_groups[0]["lr"])
        return step(self, *arguments, **options)

    monkeypatch.setattr(torch.optim.SGD, "step", spy)
    return seen


@pytest.mark.parametrize("kind", ["constant", "one_cycle", "exponential"])
@pytest.mark.parametrize(
    ("n", "change", "steps"),
    [
        (32, {"max_epochs": 2}, 4),
        (33, {"max_epochs": 2}, 4),  # the last image joins the second batch
        (34, {"max_epochs": 2}, 6),
        (16, {"max_epochs": 41}, 41),
        (60, {"max_epochs": 100}, 400),  # so that the exponential rate changes
        (9, {"max_epochs": 2, "epoch_steps": 3}, 6),
        (5, {"max_epochs": 2, "batch_size": 1}, 8),
        (9, {"max_epochs": 2, "batch_size": 1, "epoch_steps": 3}, 4),
        (16, {"max_epochs": 1}, 1),
        (17, {"max_epochs": 1}, 1),
    ],
)
def test_each_step_has_its_rate_over_the_whole_budget(rates, kind, n, change, steps):
    recipe = replace(TO_THE_END, schedule=kind, **change)
    train(("mlp", {"hidden": []}), [0], recipe, made_up([0], n=n))
    assert rates == [schedule(recipe, step, steps) for step in range(steps)]
    if kind == "one_cycle" and steps > 1:
        assert rates[-1] == pytest.approx(0.1 / 250_000)


@pytest.mark.parametrize(("n", "sizes"), [(37, [16, 16, 5]), (33, [16, 17]), (32, [16, 16])])
def test_the_batches_of_an_epoch_are_exactly_the_data_in_its_order(n, sizes):
    data, seen = made_up([0], n=n), []
    network = build(MLP, 0)
    network[0].register_forward_hook(
        lambda layer, inputs, _: seen.append(inputs[0].clone()) if layer.training else None
    )
    fit_networks([network], data, replace(TO_THE_END, max_epochs=3), [0])
    assert [len(batch) for batch in seen] == sizes * 3
    each = len(sizes)
    for epoch in (1, 2, 3):
        images = torch.cat(seen[each * (epoch - 1) : each * epoch])
        order = image_order(RECIPE, n, 0, epoch)
        assert sorted(order.tolist()) == list(range(n))
        assert torch.equal(images, data.train_images[0, order])


def test_no_image_is_left_out_or_seen_twice_in_an_epoch(monkeypatch):
    seen = []

    def spy(logits, labels, **options):
        seen.append(labels.clone())
        return cross_entropy(logits, labels, **options)

    monkeypatch.setattr("rethinking.training.steps.cross_entropy", spy)
    n = 37  # not a multiple of the batch size
    labels = torch.arange(n)[None]
    images = torch.randn(1, n, *SHAPE, generator=torch.Generator().manual_seed(0))
    data = TrainingData(images, labels, images[:, :1], labels[:, :1])
    network = build_network("mlp", {"hidden": [8]}, SHAPE, n, 0)
    fit_networks([network], data, replace(RECIPE, max_epochs=1), [0])
    in_training = torch.cat(seen[:3])  # 16 + 16 + 5; an evaluation follows
    assert sorted(in_training.tolist()) == list(range(n))
