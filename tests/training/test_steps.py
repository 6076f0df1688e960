"""A step of training is that of its equations, and an evaluation is a mean over images."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from rethinking.training.members import Members
from rethinking.training.steps import classes_of, evaluate, losses_of, optimizer_of, train_step
from tests.helpers.training import (
    CLASSES,
    MLP,
    RECIPE,
    RESNET18,
    build,
    made_up,
    of_many_sizes,
)

LINEAR = ("mlp", {"hidden": []})


def stepped(networks, data, recipe, steps=1, rate=None, precision=torch.float32):
    """Take steps on all images at once; give the members and what the last step gave."""
    members = Members(networks)
    optimizer = optimizer_of(members.parameters(), recipe)
    members.train(True)
    count = len(networks)
    images = data.train_images.expand(count, *data.train_images.shape[1:])
    for _ in range(steps):
        given = train_step(
            members,
            optimizer,
            images,
            data.train_labels[:count],
            recipe.learning_rate if rate is None else rate,
            precision,
        )
    return members, *given


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_steps_are_those_of_the_equations(optimizer):
    rate, beta, decay, steps = 0.1, 0.8, 0.05, 8
    recipe = replace(RECIPE, optimizer=optimizer, momentum=beta, weight_decay=decay)
    data = made_up([0], n=16)
    members, _, _ = stepped([build(LINEAR, 0)], data, recipe, steps, rate)

    by_hand = build(LINEAR, 0)
    weights = list(by_hand.parameters())
    first, second = ([torch.zeros_like(one) for one in weights] for _ in range(2))
    for step in range(1, steps + 1):
        loss = cross_entropy(by_hand(data.train_images[0]), data.train_labels[0])
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
    state = members.state(0)
    for name, expected in by_hand.state_dict().items():
        torch.testing.assert_close(state[name], expected, rtol=1e-4, atol=1e-5)


def test_the_first_step_of_adam_is_the_learning_rate_against_the_sign_of_the_gradient():
    # Kingma & Ba (2015, §2.1): m̂/√v̂ is ±1 in the first step, up to ε.
    data = made_up([0, 1], n=16)
    recipe = replace(RECIPE, optimizer="adam", learning_rate=0.01)
    members, _, _ = stepped([build(MLP, seed) for seed in range(2)], data, recipe)
    for seed in range(2):
        before, state = build(MLP, seed), members.state(seed)
        cross_entropy(before(data.train_images[0]), data.train_labels[seed]).backward()
        for name, weights in before.named_parameters():
            clear = weights.grad.abs() > 1e-5
            moved = (state[name] - weights.detach())[clear]
            torch.testing.assert_close(moved, -0.01 * weights.grad.sign()[clear], atol=2e-5, rtol=0)


def test_weight_decay_shrinks_all_parameters_beside_the_gradient():
    data, network = made_up([0], n=16), build(MLP, 0)
    with torch.no_grad():
        for weights in network.parameters():
            weights += 0.1  # biases start at 0
    start = {name: weights.clone() for name, weights in network.state_dict().items()}
    ends = []
    for decay in (0.0, 0.5):
        copied = build(MLP, 0)
        copied.load_state_dict(start)
        members, _, _ = stepped([copied], data, replace(RECIPE, weight_decay=decay))
        ends.append(members.state(0))
    plain, decayed = ends
    for name, weights in start.items():
        torch.testing.assert_close(
            decayed[name], plain[name] - 0.1 * 0.5 * weights, rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_rate_is_that_of_the_step_and_nothing_else_of_the_optimiser_changes(optimizer):
    members = Members([build(MLP, 0)])
    chosen = optimizer_of(members.parameters(), replace(RECIPE, optimizer=optimizer))
    members.train(True)
    data, seen = made_up([0]), []
    for rate in (0.25, 0.0, 0.5):
        before = members.state(0)
        train_step(members, chosen, data.train_images, data.train_labels, rate)
        (group,) = chosen.param_groups
        assert group["lr"] == rate
        seen.append({key: value for key, value in group.items() if key not in ("params", "lr")})
        stayed = all(torch.equal(before[name], w) for name, w in members.state(0).items())
        assert stayed == (rate == 0)
    assert seen[0] == seen[1] == seen[2]
    if optimizer == "sgd":
        assert seen[0]["momentum"] == 0.9
    else:
        assert seen[0]["betas"] == (0.9, 0.999)


def test_a_step_gives_the_losses_before_the_update_and_how_many_are_right():
    data = made_up([0, 1])
    _, losses, right = stepped([build(MLP, seed) for seed in range(2)], data, RECIPE)
    assert losses.shape == (2, 60)
    assert not losses.requires_grad
    for seed in range(2):
        logits = build(MLP, seed)(data.train_images[0])
        expected = cross_entropy(logits, data.train_labels[seed], reduction="none")
        torch.testing.assert_close(losses[seed], expected.detach())
        assert right[seed] == (logits.argmax(dim=1) == data.train_labels[seed]).sum()


def test_a_member_takes_the_step_of_its_own_mean_whoever_trains_beside_it():
    data = made_up([0, 1])
    beside, _, _ = stepped([build(MLP, 0), build(MLP, 1)], data, RECIPE, steps=3)
    alone, _, _ = stepped([build(MLP, 0)], data, RECIPE, steps=3)
    for name, weights in alone.state(0).items():
        torch.testing.assert_close(beside.state(0)[name], weights, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("network", [MLP, RESNET18])
def test_bfloat16_is_of_the_products_only(network):
    data, ends = made_up([0], n=16), {}
    for precision in (torch.float32, torch.bfloat16):
        members, losses, _ = stepped([build(network, 0)], data, RECIPE, precision=precision)
        assert losses.dtype == torch.float32
        assert all(one.dtype == torch.float32 for one in members.parameters())
        ends[precision] = losses
    exact, rounded = ends.values()
    assert not torch.equal(exact, rounded)
    torch.testing.assert_close(exact, rounded, rtol=0.1, atol=0.1)


def test_the_loss_is_the_cross_entropy_of_classes_or_of_probabilities():
    logits = torch.randn(2, 5, CLASSES, generator=torch.Generator().manual_seed(0))
    shares = torch.randn(2, 5, CLASSES, generator=torch.Generator().manual_seed(1)).softmax(2)
    expected = -(shares * logits.log_softmax(dim=2)).sum(dim=2)
    torch.testing.assert_close(losses_of(logits, shares), expected)
    classes = shares.argmax(dim=2)
    torch.testing.assert_close(
        losses_of(logits, classes), losses_of(logits, one_hot(classes, CLASSES).float())
    )
    assert torch.equal(classes_of(shares), classes)
    assert torch.equal(classes_of(classes), classes)


def evaluated(networks, data, training, split):
    members = Members(networks)
    members.train(False)
    return evaluate(members, data, training, split)


def test_an_evaluation_is_the_mean_over_the_images_of_each_member():
    data = of_many_sizes()
    networks = [build(MLP, seed).train(False) for seed in range(3)]
    for split, sizes in (("train", (10, 60, 25)), ("test", (20, 20, 20))):
        images, labels = (getattr(data, f"{split}_{of}") for of in ("images", "labels"))
        losses, accuracies = evaluated(networks, data, [0, 1, 2], split)
        for member, n in enumerate(sizes):
            with torch.no_grad():
                logits = networks[member](images[data.set_of(member), :n])
            own = labels[member, :n]
            assert losses[member] == pytest.approx(float(cross_entropy(logits, own)), rel=1e-5)
            right = (logits.argmax(dim=1) == own.argmax(dim=1)).sum()
            assert accuracies[member] == pytest.approx(float(right) / n)


def test_members_that_are_left_are_evaluated_on_their_own_data():
    data = of_many_sizes()
    all_of_them = evaluated([build(MLP, seed) for seed in range(3)], data, [0, 1, 2], "train")
    some = evaluated([build(MLP, 0), build(MLP, 2)], data, [0, 2], "train")
    for one, other in zip(all_of_them, some, strict=True):
        torch.testing.assert_close(one[[0, 2]], other)


def test_an_evaluation_in_parts_is_one_in_one_piece(monkeypatch):
    data = of_many_sizes()
    whole = evaluated([build(MLP, seed) for seed in range(3)], data, [0, 1, 2], "train")
    sizes = []
    call = Members.__call__

    def counted(members, images):
        sizes.append(images.shape[0] * images.shape[1])
        return call(members, images)

    monkeypatch.setattr(Members, "__call__", counted)
    monkeypatch.setattr("rethinking.training.steps.EVALUATION_BATCH", 21)
    parts = evaluated([build(MLP, seed) for seed in range(3)], data, [0, 1, 2], "train")
    assert sizes == [21] * 8 + [12]
    torch.testing.assert_close(whole[0], parts[0])
    assert torch.equal(whole[1], parts[1])


def test_all_right_is_exactly_one():
    # Of 49 images, a mean by another way than a sum and a division may not be.
    labels = torch.arange(49)[None] % CLASSES
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, CLASSES))
    with torch.no_grad():
        network[1].weight[:] = torch.eye(CLASSES, 16)
        network[1].bias.zero_()
    images = torch.zeros(1, 49, 16).scatter(2, labels[..., None], 9.0).view(1, 49, 1, 4, 4)
    data = replace(made_up([0]), train_images=images, train_labels=labels)
    _, accuracy = evaluated([network], data, [0], "train")
    assert accuracy.tolist() == [1.0]
