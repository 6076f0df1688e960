"""The device of a job, and what can be known of training on a GPU without one."""

from dataclasses import replace

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from rethinking.errors import InputError
from rethinking.measures.helpers import logits
from rethinking.names.specs import Compute
from rethinking.networks import train as networks
from rethinking.training.data import training_data, with_augmentation
from rethinking.training.device import use_device
from rethinking.training.members import Members
from rethinking.training.networks import build_network
from rethinking.training.recipe import batches, schedule
from rethinking.training.run import TrainingRun
from rethinking.training.steps import optimizer_of, train_step
from rethinking.transfers import teachers
from tests.conftest import make_dataset
from tests.helpers.training import RECIPE, RESNET18, SPEC, block_files
from tests.helpers.transfers import TEACHERS

SHAPE = (2, 8, 8)
NETWORKS = {
    "perceptrons": ("mlp", {"hidden": [16, 8], "dropout": 0.5}, 3),
    "resnet18": (*RESNET18, 1),
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("augments", [False, True])
def test_a_step_needs_no_value_from_the_device(network, optimizer, augments):
    # Fake tensors have no values, as those of a GPU are not there yet when the next step begins.
    module, options, count = NETWORKS[network]
    recipe = replace(RECIPE, optimizer=optimizer, schedule="one_cycle", flip=0.5 * augments)
    base = make_dataset(shape=SHAPE)
    datasets = [replace(base, train_images=base.train_images.copy()) for _ in range(count)]
    data = training_data(datasets, recipe.scaling, None, torch.device("cpu"))
    data = with_augmentation(data, datasets, recipe)
    assert (data.augmented is not None) == augments
    members = Members([build_network(module, options, SHAPE, 5, seed) for seed in range(count)])
    run = TrainingRun(members, optimizer_of(members.parameters(), recipe), list(range(count)))
    run.begin_epoch(torch.device("cpu"))
    members.train(True)
    order = torch.arange(60).expand(count, 60)
    moves = torch.zeros(count, 60, 3, dtype=torch.int16) if augments else None

    def step(part):
        images, labels = data.rows(run.training, order)
        moved = None if moves is None else moves[:, part]
        batch = data.batch(images[:, part], labels[:, part], moved)
        rate = schedule(recipe, run.step, 400)
        run.count(*train_step(members, run.optimizer, *batch, rate, torch.bfloat16))

    first, second, *_ = batches(60, recipe.batch_size)
    step(first)  # the optimiser makes its momentum
    with FakeTensorMode(allow_non_fake_inputs=True) as fake:
        for holder in (data, run):
            for name, tensor in vars(holder).items():
                if isinstance(tensor, torch.Tensor):
                    object.__setattr__(holder, name, fake.from_tensor(tensor))
        order = fake.from_tensor(order)
        moves = None if moves is None else fake.from_tensor(moves)
        step(second)
        with pytest.raises(DataDependentOutputException):
            run.losses[0].item()


class SeenError(Exception):
    """All that was to be looked at has been."""


@pytest.mark.parametrize("kind", ["networks", "teachers"])
def test_networks_and_data_are_on_the_device(kind, tmp_path, monkeypatch):
    # A device without values, so that nothing can be computed on it.
    nowhere = torch.device("meta")
    seen = []

    def fit_members(networks, data, *_, **__):
        part = data(slice(None))
        seen.extend(weights.device for one in networks for weights in one.parameters())
        seen.extend(one.device for one in vars(part).values() if isinstance(one, torch.Tensor))
        raise SeenError

    for module in (networks, teachers):
        monkeypatch.setattr(module, "use_device", lambda _: nowhere)
        monkeypatch.setattr(module, "fit_members", fit_members)
    base = make_dataset()
    files = block_files(tmp_path, base, [{0: base, 1: base}])
    step, spec = networks.train_block, SPEC
    if kind == "teachers":
        step, spec = teachers.train_teachers, TEACHERS
        del files["corrupted"]
    with pytest.raises(SeenError):
        step(**files, spec=spec)
    assert len(seen) > 4
    assert set(seen) == {nowhere}


def test_a_gpu_without_bfloat16_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 0))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla V100")
    with pytest.raises(InputError, match="Tesla V100 has no bfloat16; set precision to float32"):
        use_device(Compute("cuda", 1, "bfloat16"))
    assert use_device(Compute("cuda", 1, "float32")).type == "cuda"
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    assert use_device(Compute("cuda", 1, "bfloat16")).type == "cuda"


def test_a_missing_gpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="torch finds no GPU here; set device to auto or cpu"):
        use_device(Compute("cuda", 1))


def test_a_job_computes_in_as_many_threads_as_it_is_given():
    for threads in (2, 1):
        assert use_device(Compute("cpu", threads)).type == "cpu"
        assert torch.get_num_threads() == threads


def test_numbers_too_small_to_be_normal_are_zero_as_they_cost_time():
    use_device(Compute("cpu", 1))
    assert float(torch.tensor([1e-30]) * 1e-10) == 0


def test_measures_take_as_many_images_at_once_as_the_gpu_has_memory_for(monkeypatch):
    images = torch.zeros(1, 3, 32, 32)
    assert logits.chunk_of(images) == 64
    on_gpu = {}
    for gib in (1, 2, 64):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _, gib=gib: (gib * 2**30, 2**40))
        on_gpu[gib] = logits.pixels_at_once(torch.device("cuda"))
        assert on_gpu[gib] * logits.BYTES_PER_PIXEL <= gib * 2**30 / 2
    assert on_gpu[2] == 2 * on_gpu[1]
    assert on_gpu[64] > logits.PIXELS
