import copy
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from rethinking.step.resume import Saver
from rethinking.training.fit import (
    LOSS_TO_EVALUATE,
    Recipe,
    TrainingData,
    _Course,
    equal_parts,
    fit,
)
from rethinking.training.members import fit_members
from rethinking.training.networks import build_network

RECIPE = Recipe(
    optimizer="sgd",
    batch_size=16,
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=0.0,
    schedule="constant",
    max_epochs=200,
    stop_at_train_accuracy=1.0,
    scaling="per_image",
)
SHAPE = (1, 4, 4)
MLP = ("mlp", {"hidden": [64, 32]})
RESNET = ("resnet18", {"width_factor": 0.125})


def made_up(seeds, n=60, classes=4):
    """Random images, the same for all members, and random labels of each member's own."""
    random = torch.Generator().manual_seed(0)
    images = torch.randn(1, n, *SHAPE, generator=random)
    labels = torch.stack(
        [
            torch.randint(classes, (n,), generator=torch.Generator().manual_seed(seed))
            for seed in seeds
        ]
    )
    return TrainingData(images, labels, images[:, :20], labels[:, :20])


def train(network, seeds, recipe=RECIPE, data=None):
    module, options = network
    networks = [build_network(module, options, SHAPE, 4, seed) for seed in seeds]
    return train_networks(networks, data or made_up(seeds), recipe, seeds)


def train_networks(networks, data, recipe, seeds, compiled=False):
    orders = [torch.Generator().manual_seed(seed) for seed in seeds]
    with tempfile.TemporaryDirectory() as folder:
        saver = Saver(Path(folder))
        return fit(networks, data, recipe, seeds, orders, saver, "t", compiled=compiled)


def fit_one(network, data, recipe=RECIPE):
    with tempfile.TemporaryDirectory() as folder:
        return fit([network], data, recipe, [0], [torch.Generator()], Saver(Path(folder)), "t")


@pytest.mark.parametrize("network", [MLP, RESNET])
def test_fits_random_labels_and_says_so(network):
    (trained,), curve = train(network, [0], replace(RECIPE, learning_rate=0.05))
    assert trained.status == "interpolated"
    assert trained.epochs == len(curve) < RECIPE.max_epochs
    # The state that is given back, not the state some steps earlier or later, fits every label.
    module = build_network(*network, SHAPE, 4, seed=9).train(False)
    module.load_state_dict(trained.state)
    data = made_up([0])
    with torch.no_grad():
        assert (module(data.train_images[0]).argmax(1) == data.train_labels[0]).all()


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


def test_the_same_seed_gives_the_same_bytes():
    first, second = (train(MLP, [0, 1])[0] for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert all((one.state[name] == other.state[name]).all() for name in one.state)


def test_a_run_ends_with_its_budget():
    trained, curve = train(MLP, [0, 1], replace(RECIPE, max_epochs=2))
    assert [one.status for one in trained] == ["budget_ended"] * 2
    assert [(row.seed, row.epoch) for row in curve] == [(0, 1), (1, 1), (0, 2), (1, 2)]


def test_a_network_may_stop_before_it_interpolates_at_whatever_loss():
    recipe = replace(RECIPE, stop_at_train_accuracy=0.4, learning_rate=0.02)
    (trained,), curve = train(MLP, [0], recipe)
    assert trained.status == "interpolated"
    assert curve[-1].train_loss > LOSS_TO_EVALUATE
    module = build_network(*MLP, SHAPE, 4, seed=9)
    module.load_state_dict(trained.state)
    data = made_up([0])
    right = (module(data.train_images[0]).argmax(1) == data.train_labels[0]).float().mean()
    assert right >= 0.4


def test_whether_a_network_interpolates_is_asked_when_its_loss_is_small(monkeypatch):
    passes = []
    evaluate = _Course._evaluate

    def counted(course, images, *rest):
        if images is course.data.train_images:
            passes.append(course.epoch)
        return evaluate(course, images, *rest)

    monkeypatch.setattr(_Course, "_evaluate", counted)
    data = replace(made_up([0]), train_images=made_up([0]).train_images.clone())
    (trained,), curve = train(MLP, [0], replace(RECIPE, learning_rate=0.02), data)
    losses = [row.train_loss for row in curve]
    assert set(passes) >= {e for e, loss in enumerate(losses, 1) if loss <= LOSS_TO_EVALUATE}
    assert 0 < len(passes) < trained.epochs


def test_a_run_that_diverges_is_recorded_and_the_others_go_on():
    data = made_up([0, 1])
    images = data.train_images.repeat(2, 1, 1, 1, 1)
    images[0] *= 1e30
    trained, curve = train(MLP, [0, 1], data=replace(data, train_images=images))
    assert [one.status for one in trained] == ["diverged", "interpolated"]
    assert not math.isfinite([row.train_loss for row in curve if row.seed == 0][-1])


def test_weights_that_end_as_no_numbers_have_diverged_even_if_the_last_loss_was_one():
    data = made_up([0], n=16)
    recipe = replace(RECIPE, max_epochs=1, learning_rate=1e38)
    (trained,), curve = train(MLP, [0], recipe, data)
    assert math.isfinite(curve[0].train_loss)
    assert trained.status == "diverged"


def test_one_step_is_the_step_of_sgd():
    # A single linear layer and one batch: the update is known in closed form.
    data = made_up([0], n=16)
    network = ("mlp", {"hidden": [4]})
    before = build_network(*network, SHAPE, 4, 0)
    loss = torch.nn.functional.cross_entropy(before(data.train_images[0]), data.train_labels[0])
    loss.backward()
    recipe = replace(RECIPE, max_epochs=1, learning_rate=0.5)
    (trained,), curve = train(network, [0], recipe, data)
    for name, parameter in before.named_parameters():
        expected = parameter.detach() - 0.5 * parameter.grad
        torch.testing.assert_close(trained.state[name], expected, atol=1e-6, rtol=1e-5)
    assert curve[0].train_loss == pytest.approx(loss.item(), rel=1e-5)


def test_weight_decay_shrinks_all_parameters_beside_the_gradient():
    data = made_up([0], n=16)
    one = replace(RECIPE, max_epochs=1, stop_at_train_accuracy=None)
    network = build_network(*MLP, SHAPE, 4, 0)
    with torch.no_grad():
        for weights in network.parameters():
            weights += 0.1  # biases start at 0
    start = {name: weights.clone() for name, weights in network.state_dict().items()}
    (plain,), _ = fit_one(copy.deepcopy(network), data, one)
    (decayed,), _ = fit_one(network, data, replace(one, weight_decay=0.5))
    for name, weights in start.items():
        torch.testing.assert_close(
            decayed.state[name], plain.state[name] - 0.1 * 0.5 * weights, rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize(
    ("network", "seeds"),
    [(("mlp", {"hidden": [64], "dropout": 0.9}), [0, 1]), (RESNET, [0])],
    ids=["dropout", "batch norm"],
)
def test_networks_are_evaluated_without_dropout_and_batch_statistics(network, seeds):
    data = made_up(seeds)
    data = replace(data, test_images=data.train_images, test_labels=data.train_labels)
    recipe = replace(RECIPE, max_epochs=1, stop_at_train_accuracy=None)
    trained, curve = train(network, seeds, recipe, data)
    for member, one in enumerate(trained):
        module = build_network(*network, SHAPE, 4, 0)
        module.load_state_dict(one.state)
        with torch.no_grad():
            logits = module.train(False)(data.train_images[0])
        loss = torch.nn.functional.cross_entropy(logits, data.train_labels[member])
        assert curve[member].test_loss == pytest.approx(float(loss), rel=1e-4)
        right = (logits.argmax(dim=1) == data.train_labels[member]).float().mean()
        assert curve[member].test_accuracy == pytest.approx(float(right))


@pytest.mark.parametrize(("most", "every"), [(10_000, 1), (20, 3)])
def test_running_statistics_are_those_of_the_training_images_at_the_end(monkeypatch, most, every):
    # Of all images, or of some that are evenly spaced; they stand in an order, by brightness.
    monkeypatch.setattr("rethinking.training.fit.BATCH_NORM_IMAGES", most)
    data = made_up([0])
    images = data.train_images + torch.linspace(-2, 2, 60)[None, :, None, None, None]
    recipe = replace(RECIPE, max_epochs=2, stop_at_train_accuracy=None)
    (trained,), _ = train(RESNET, [0], recipe, replace(data, train_images=images))
    network = build_network(*RESNET, SHAPE, 4, 0)
    network.load_state_dict(trained.state)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0  # what it saw last, and nothing else
    with torch.no_grad():
        network.train(True)(images[0, ::every])
    for name, statistics in network.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            torch.testing.assert_close(trained.state[name], statistics, rtol=1e-4, atol=1e-5)


def test_an_evaluation_in_parts_is_one_in_one_piece(monkeypatch):
    recipe = replace(RECIPE, max_epochs=3)
    _, whole = train(MLP, [1, 2], recipe)
    monkeypatch.setattr("rethinking.training.fit.EVALUATION_BATCH", 6)
    _, parts = train(MLP, [1, 2], recipe)
    for one, other in zip(whole, parts, strict=True):
        assert one.test_loss == pytest.approx(other.test_loss, rel=1e-5)
        assert one.test_accuracy == other.test_accuracy


def with_dropout(p):
    """No perceptron of this project's, so that stacked members go through vmap."""
    layers = (nn.Linear(16, 8), nn.GELU(), nn.Dropout(p), nn.Linear(8, 4))
    return nn.Sequential(nn.Flatten(), *layers)


@pytest.mark.parametrize("own", [False, True])
def test_members_drop_units_of_their_own(own):
    # The same weights, labels and order: only what is dropped tells them apart.
    data = made_up([0])
    data = replace(
        data,
        train_labels=data.train_labels.repeat(2, 1),
        test_labels=data.test_labels.repeat(2, 1),
    )
    recipe = replace(RECIPE, max_epochs=1, stop_at_train_accuracy=None)

    def states(options):
        networks = [build_network("mlp", options, SHAPE, 4, 0) for _ in range(2)]
        if own:
            networks = [with_dropout(options.get("dropout", 0.0)) for _ in range(2)]
            networks[1].load_state_dict(networks[0].state_dict())
        orders = [torch.Generator().manual_seed(0) for _ in range(2)]
        with tempfile.TemporaryDirectory() as folder:
            (one, other), _ = fit(networks, data, recipe, [0, 1], orders, Saver(Path(folder)), "t")
        return one.state["1.weight"], other.state["1.weight"]

    assert torch.equal(*states({"hidden": [8]}))
    assert not torch.equal(*states({"hidden": [8], "dropout": 0.5}))


def test_networks_that_train_one_by_one_drop_units_by_their_own_seeds(tmp_path):
    dropped = []

    def train_with(seeds):
        networks = []
        for _ in seeds:
            dropout = nn.Dropout()
            dropout.register_forward_hook(lambda _, inputs, output: dropped.append(output == 0))
            layers = (nn.Conv2d(1, 4, 1), nn.Flatten(), dropout, nn.Linear(64, 4))
            networks.append(nn.Sequential(*layers))
        recipe = replace(RECIPE, max_epochs=1, stop_at_train_accuracy=None)
        dropped.clear()
        saver = Saver(tmp_path / str(len(seeds)))
        fit_members(networks, made_up(seeds, 16).part, recipe, seeds, seeds, saver)
        return [units for units in dropped if units.float().mean() > 0.3]  # not in evaluations

    first, second = train_with([0, 1])
    assert (first != second).float().mean() > 0.3
    (alone,) = train_with([1])
    assert torch.equal(alone, second)


def test_every_network_has_an_order_of_its_own_whoever_trains_beside_it(monkeypatch, tmp_path):
    orders = []

    def look(networks, data, recipe, names, generators, *_):
        orders.append([torch.randperm(60, generator=one).tolist() for one in generators])
        return [], []

    monkeypatch.setattr("rethinking.training.members.fit", look)
    for seeds in ([3, 5], [5]):
        networks = [build_network(*MLP, SHAPE, 4, seed) for seed in seeds]
        fit_members(networks, made_up(seeds).part, RECIPE, seeds, seeds, Saver(tmp_path))
    (third, fifth), (alone,) = orders
    assert third != fifth
    assert alone == fifth


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_steps_are_those_of_the_equations(optimizer):
    # A linear network and full batches, so that each step is known in closed form.
    rate, beta, decay, steps = 0.1, 0.8, 0.05, 8
    data, network = made_up([0], n=16), ("mlp", {"hidden": []})
    recipe = replace(RECIPE, optimizer=optimizer, learning_rate=rate, momentum=beta)
    recipe = replace(recipe, weight_decay=decay, max_epochs=steps, stop_at_train_accuracy=None)
    (trained,), _ = train(network, [0], recipe, data)

    by_hand = build_network(*network, SHAPE, 4, 0)
    weights = list(by_hand.parameters())
    first, second = ([torch.zeros_like(one) for one in weights] for _ in range(2))
    for step in range(1, steps + 1):
        loss = nn.functional.cross_entropy(by_hand(data.train_images[0]), data.train_labels[0])
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, gradient, m, v in zip(weights, gradients, first, second, strict=True):
                g = gradient + decay * w
                if optimizer == "sgd":  # Polyak's momentum, as Sutskever et al. (2013, eq. 1)
                    w -= rate * m.mul_(beta).add_(g)
                    continue
                # Kingma & Ba (2015, algorithm 1)
                m.mul_(beta).add_((1 - beta) * g)
                v.mul_(0.999).add_(0.001 * g**2)
                w -= rate * (m / (1 - beta**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
    for name, expected in by_hand.state_dict().items():
        torch.testing.assert_close(trained.state[name], expected, rtol=1e-4, atol=1e-5)


def test_the_first_step_of_adam_is_the_learning_rate_against_the_sign_of_the_gradient():
    # Kingma & Ba (2015, §2.1): m̂/√v̂ is ±1 in the first step, up to ε.
    data = made_up([0, 1], n=16)
    recipe = replace(RECIPE, optimizer="adam", max_epochs=1, learning_rate=0.01)
    trained, _ = train(MLP, [0, 1], recipe, data)
    for seed, one in enumerate(trained):
        before = build_network(*MLP, SHAPE, 4, seed)
        logits = before(data.train_images[0])
        torch.nn.functional.cross_entropy(logits, data.train_labels[seed]).backward()
        for name, weights in before.named_parameters():
            clear = weights.grad.abs() > 1e-5
            moved = (one.state[name] - weights.detach())[clear]
            torch.testing.assert_close(moved, -0.01 * weights.grad.sign()[clear], atol=2e-5, rtol=0)


STEPS = replace(
    RECIPE,
    optimizer="adam",
    learning_rate=0.01,
    schedule="one_cycle",
    max_epochs=4,
    epoch_steps=5,
    stop_at_train_accuracy=None,
)


def of_many_sizes():
    """Three members on nested parts of two sets, in class probabilities."""
    whole = made_up([0, 1, 2])
    sets = torch.cat([whole.train_images, whole.train_images.flip(1)])
    labels = torch.nn.functional.one_hot(whole.train_labels, 4).float()
    labels[2] = 0.9 * labels[2] + 0.025
    return TrainingData(
        sets, labels, sets[:, :20], labels[:, :20], sets=(0, 1, 1), sizes=(10, 60, 25)
    )


def test_members_of_all_sizes_take_equal_steps_and_see_their_own_images_only():
    data = of_many_sizes()
    trained, curve = train(MLP, [0, 1, 2], STEPS, data)
    assert [one.status for one in trained] == ["budget_ended"] * 3
    assert [row.epoch for row in curve if row.seed == 0] == [1, 2, 3, 4]
    # What lies beyond a member's size, or in another's set, does not touch it.
    images, labels = data.train_images.clone(), data.train_labels.clone()
    images[0, 10:], labels[0, 10:] = 7.0, 0.25
    labels[2, 25:] = 0.25
    changed = replace(
        data,
        train_images=images,
        train_labels=labels,
        test_images=data.test_images.clone(),
        test_labels=data.test_labels.clone(),
    )
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


def test_certain_probabilities_are_the_labels():
    data = made_up([0, 1])
    certain = replace(
        data,
        train_labels=torch.nn.functional.one_hot(data.train_labels, 4).float(),
        test_labels=torch.nn.functional.one_hot(data.test_labels, 4).float(),
    )
    (_, by_label), (_, by_probability) = (train(MLP, [0, 1], data=one) for one in (data, certain))
    for row, other in zip(by_label, by_probability, strict=True):
        assert vars(row) == pytest.approx(vars(other), abs=1e-3)


def test_members_stop_when_they_fit_their_own_images():
    data = of_many_sizes()
    hard = replace(
        data, train_labels=data.train_labels.argmax(2), test_labels=data.test_labels.argmax(2)
    )
    recipe = replace(STEPS, schedule="constant", stop_at_train_accuracy=1.0, max_epochs=100)
    trained, _ = train(MLP, [0, 1, 2], recipe, hard)
    assert [one.status for one in trained] == ["interpolated"] * 3
    assert trained[0].epochs < trained[1].epochs


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


@pytest.mark.parametrize(
    ("n", "change", "steps"),
    [
        (32, {"max_epochs": 2}, 4),
        (33, {"max_epochs": 2}, 4),  # the last image joins the second batch
        (34, {"max_epochs": 2}, 6),
        (9, {"max_epochs": 2, "epoch_steps": 3}, 6),
        (5, {"max_epochs": 2, "batch_size": 1}, 8),
        (9, {"max_epochs": 2, "batch_size": 1, "epoch_steps": 3}, 4),
    ],
)
def test_one_cycle_ends_with_the_last_step(rates, n, change, steps):
    recipe = replace(RECIPE, schedule="one_cycle", stop_at_train_accuracy=None, **change)
    train(MLP, [0], recipe, made_up([0], n=n))
    assert len(rates) == steps
    assert rates[0] < max(rates) <= 0.1
    assert rates[-1] == pytest.approx(0.1 / 250_000)


def test_one_cycle_is_a_rise_and_a_fall_along_cosines(rates):
    # Smith & Topin (2019), as torch has it: from 1/25 of the peak over 30 % of the steps, and down
    # to 1/10,000 of where it began.
    n = 41
    recipe = replace(RECIPE, schedule="one_cycle", max_epochs=n, stop_at_train_accuracy=None)
    train(MLP, [0], recipe, made_up([0], n=16))
    top = 0.3 * n - 1

    def between(start, end, share):
        return end + (start - end) * (1 + math.cos(math.pi * share)) / 2

    expected = [
        between(0.1 / 25, 0.1, step / top)
        if step <= top
        else between(0.1, 0.1 / 250_000, (step - top) / (n - 1 - top))
        for step in range(n)
    ]
    assert rates == pytest.approx(expected)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("schedule", ["one_cycle", "exponential"])
def test_a_schedule_varies_the_learning_rate_and_nothing_else(optimizer, schedule):
    seen = []

    def look(optimizer, *_):
        (group,) = optimizer.param_groups
        seen.append({key: value for key, value in group.items() if key not in ("params", "lr")})

    hook = register_optimizer_step_pre_hook(look)
    recipe = replace(RECIPE, optimizer=optimizer, schedule=schedule, max_epochs=8)
    try:
        train(MLP, [0], replace(recipe, stop_at_train_accuracy=None), made_up([0], n=16))
    finally:
        hook.remove()
    assert len(seen) == 8
    assert all(one == seen[0] for one in seen)
    if optimizer == "sgd":
        assert seen[0]["momentum"] == 0.9
    else:
        assert seen[0]["betas"] == (0.9, 0.999)


@pytest.mark.parametrize("n", [16, 17])
def test_one_cycle_of_a_single_step_takes_it_at_the_peak(rates, n):
    train(MLP, [0], replace(RECIPE, schedule="one_cycle", max_epochs=1), made_up([0], n=n))
    assert rates == [0.1]


def test_parts_for_batch_norm_are_equal(monkeypatch):
    monkeypatch.setattr("rethinking.training.fit.EVALUATION_BATCH", 4)
    assert [len(part) for part in equal_parts(torch.zeros(13, 1, 1, 1))] == [4, 3, 3, 3]
    assert [len(part) for part in equal_parts(torch.zeros(4, 1, 1, 1))] == [4]


def test_the_exponential_schedule_is_that_of_the_paper(rates):
    # Batches of 16 of 60 images: 4 steps an epoch, 800 steps in 200 epochs.
    recipe = replace(RECIPE, schedule="exponential", stop_at_train_accuracy=2.0)
    train(MLP, [0], recipe)
    assert len(rates) == 800
    assert rates[0] == rates[390] == 0.1
    assert rates[391] == rates[781] == pytest.approx(0.095)
    assert rates[782] == pytest.approx(0.09025)


def test_without_augmentation_the_batches_are_exactly_the_data(monkeypatch):
    data = made_up([0], n=37)
    seen = []
    forward = torch.nn.Flatten.forward

    def spy(self, images):
        seen.append((self.training, images.clone()))
        return forward(self, images)

    monkeypatch.setattr(torch.nn.Flatten, "forward", spy)
    train(MLP, [0], replace(RECIPE, max_epochs=3), data)
    batches = [images for training, images in seen if training]
    assert [len(batch) for batch in batches] == [16, 16, 5] * 3
    expected = sorted(image.tolist() for image in data.train_images[0])
    orders = []
    for epoch in range(3):
        images = torch.cat(batches[3 * epoch : 3 * epoch + 3])
        assert sorted(image.tolist() for image in images) == expected
        orders.append(images.flatten().tolist())
    assert orders[0] != orders[1], "each epoch has an order of its own"


def test_interpolation_is_noticed_after_the_first_epoch_at_whose_end_it_holds():
    # Learnt within an epoch: on the way, far fewer are right than at the end.
    n = 48
    labels = torch.arange(n)[None] % 2
    images = (labels * 2.0 - 1)[..., None, None, None].expand(1, n, *SHAPE).clone()
    data = TrainingData(images, labels, images[:, :4], labels[:, :4])
    network = build_network("mlp", {"hidden": []}, SHAPE, 2, 0)
    with torch.no_grad():  # starts with all labels wrong
        network[1].weight[:] = torch.tensor([[0.05], [-0.05]])
    (trained,), curve = fit_one(network, data)
    assert curve[0].train_accuracy < 0.8
    assert (trained.status, trained.epochs) == ("interpolated", 1)


def test_batch_norm_survives_a_last_batch_of_one():
    data = made_up([0], n=17)  # batches of 16 would leave one image
    (trained,), _ = train(RESNET, [0], replace(RECIPE, max_epochs=1), data)
    assert trained.status != "diverged"


def test_no_image_is_left_out_or_seen_twice_in_an_epoch(monkeypatch, tmp_path):
    seen = []
    original = torch.nn.functional.cross_entropy

    def spy(logits, labels, **options):
        seen.append(labels.clone())
        return original(logits, labels, **options)

    monkeypatch.setattr("rethinking.training.fit.cross_entropy", spy)
    n = 37  # not a multiple of the batch size
    labels = torch.arange(n)[None]
    images = torch.randn(1, n, *SHAPE, generator=torch.Generator().manual_seed(0))
    data = TrainingData(images, labels, images[:, :1], labels[:, :1])
    network = [build_network("mlp", {"hidden": [8]}, SHAPE, n, 0)]
    recipe = replace(RECIPE, max_epochs=1)
    fit(network, data, recipe, [0], [torch.Generator()], Saver(tmp_path), "training")
    in_training = torch.cat(seen[:3])  # 16 + 16 + 5; what follows is evaluation
    assert sorted(in_training.tolist()) == list(range(n))
