"""The state of a run says all that goes on from it."""

from dataclasses import replace

import pytest
import torch

from rethinking.step.resume import Saver
from rethinking.training.curve import Epoch
from rethinking.training.members import Members
from rethinking.training.run import Trained, TrainingRun, restore, state_of
from rethinking.training.steps import optimizer_of, train_step
from tests.helpers.training import MLP, RECIPE, RESNET18, build, made_up

CPU = torch.device("cpu")
DROPPING = ("mlp", {"hidden": [16], "dropout": 0.5})


def begun(network, count, recipe, seed=0):
    members = Members([build(network, seed + number) for number in range(count)])
    return TrainingRun(members, optimizer_of(members.parameters(), recipe), list(range(count)))


def go_on(run, steps):
    data = made_up(range(4))
    images = data.train_images.expand(len(run.training), -1, -1, -1, -1)
    run.members.train(True)
    for _ in range(steps):
        run.count(
            *train_step(run.members, run.optimizer, images, data.train_labels[run.training], 0.01)
        )


def through_a_file(state, folder):
    Saver(folder).save("t", state)
    return Saver(folder).load("t")


def ending(run):
    state = state_of(run)
    return {name: array.tobytes() for name, array in state.arrays.items()}, state.progress


@pytest.mark.parametrize(("network", "count"), [(MLP, 3), (DROPPING, 3), (MLP, 1), (RESNET18, 1)])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_goes_on_from_its_state_with_the_same_bits(network, count, optimizer, tmp_path):
    recipe = replace(RECIPE, optimizer=optimizer)
    torch.manual_seed(0)
    undisturbed = begun(network, count, recipe)
    undisturbed.begin_epoch(CPU)
    go_on(undisturbed, 3)
    saved = through_a_file(state_of(undisturbed), tmp_path)
    go_on(undisturbed, 3)

    torch.manual_seed(1)
    resumed = begun(network, count, recipe, seed=5)
    restore(resumed, saved, range(count), CPU)
    assert resumed.step == 3
    go_on(resumed, 3)
    assert ending(resumed) == ending(undisturbed)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_members_that_have_left_come_back_as_they_ended(optimizer, tmp_path):
    recipe = replace(RECIPE, optimizer=optimizer)
    run = begun(MLP, 3, recipe)
    run.begin_epoch(CPU)
    go_on(run, 2)
    run.trained[1] = Trained(8, "interpolated", 1, run.members.state(1))
    run.curve = [Epoch(member, 1, 0.1, 0.2, 0.3, float("nan")) for member in (7, 8, 9)]
    run.members.keep([0, 2], run.optimizer)
    run.training, run.epoch, run.step = [0, 2], 2, 0
    run.begin_epoch(CPU)
    go_on(run, 1)
    saved = through_a_file(state_of(run), tmp_path)
    resumed = begun(MLP, 3, recipe, seed=5)
    restore(resumed, saved, [7, 8, 9], CPU)
    assert (resumed.training, resumed.epoch, resumed.step) == ([0, 2], 2, 1)
    assert str(resumed.curve) == str(run.curve)
    back = resumed.trained[1]
    assert (back.seed, back.status, back.epochs) == (8, "interpolated", 1)
    assert all(torch.equal(back.state[name], w) for name, w in run.trained[1].state.items())
    go_on(run, 2)
    go_on(resumed, 2)
    (arrays, progress), (expected, there) = ending(resumed), ending(run)
    assert [name for name in expected if arrays[name] != expected[name]] == []
    assert str(progress) == str(there)  # with what is no number


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_all_that_is_restored_lies_on_the_device_of_the_run(optimizer):
    # A device without values stands for a GPU; fused optimisers want their count of steps there.
    recipe = replace(RECIPE, optimizer=optimizer)
    run = begun(MLP, 2, recipe)
    run.begin_epoch(CPU)
    go_on(run, 1)
    run.trained[1] = Trained(1, "interpolated", 1, run.members.state(1))
    nowhere = torch.device("meta")
    members = Members([build(MLP, seed).to(nowhere) for seed in range(2)])
    there = TrainingRun(members, optimizer_of(members.parameters(), recipe), [0, 1])
    restore(there, state_of(run), [0, 1], nowhere)
    tensors = [*members.tensors().values(), there.losses, there.right, there.last_loss]
    tensors += there.trained[1].state.values()
    kept = [
        tensor
        for weights in members.parameters()
        for tensor in there.optimizer.state[weights].values()
        if isinstance(tensor, torch.Tensor)
    ]
    assert len(kept) >= len(members.parameters())
    assert {tensor.device for tensor in tensors + kept} == {nowhere}


def test_sums_over_an_epoch_are_over_its_steps():
    run = begun(MLP, 2, RECIPE)
    run.begin_epoch(CPU)
    run.count(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1, 2]))
    run.count(torch.tensor([[5.0], [6.0]]), torch.tensor([0, 1]))
    assert run.losses.tolist() == [8.0, 13.0]
    assert run.right.tolist() == [1, 3]
    assert run.last_loss.tolist() == [5.0, 6.0]
    assert run.step == 2
    run.begin_epoch(CPU)
    assert run.losses.tolist() == run.right.tolist() == [0, 0]
