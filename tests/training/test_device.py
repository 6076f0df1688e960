"""What can be known of training on a GPU without one."""

import copy
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from rethinking.data.dataset import save
from rethinking.errors import InputError
from rethinking.measures import logits
from rethinking.step.resume import Saver
from rethinking.training import device, teachers, train
from rethinking.training.fit import _Course
from rethinking.training.networks import build_network
from tests.conftest import make_dataset
from tests.training import test_fit, test_train, test_transfer

SHAPE = (2, 8, 8)
NETWORKS = {
    "perceptrons": ("mlp", {"hidden": [16, 8], "dropout": 0.5}, 3),
    "resnet18": ("resnet18", {"width_factor": 0.125}, 1),
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("augments", [False, True])
def test_a_step_asks_the_device_for_no_value(network, augments):
    # Fake tensors have no values, as those of a GPU are not there yet when the next step begins.
    module, options, members = NETWORKS[network]
    recipe = replace(test_fit.RECIPE, schedule="one_cycle", flip=0.5 * augments)
    base = make_dataset(shape=SHAPE)
    datasets = [replace(base, train_images=base.train_images.copy()) for _ in range(members)]
    networks = [build_network(module, options, SHAPE, 5, seed) for seed in range(members)]
    data = train.training_data(datasets, recipe.scaling, None, torch.device("cpu"))
    if augments:
        augmented = train.augmentation(datasets, recipe, torch.device("cpu"))
        data = replace(data, augmented=augmented)
    orders = [torch.Generator().manual_seed(seed) for seed in range(members)]
    course = _Course(networks, data, recipe, range(members), orders, torch.bfloat16, False)
    course.begin_epoch()
    batches = course.batches()
    course.do_step(batches[0])  # the optimiser makes its momentum
    with FakeTensorMode(allow_non_fake_inputs=True) as fake:
        for name, tensor in vars(course).items():
            if isinstance(tensor, torch.Tensor):
                setattr(course, name, fake.from_tensor(tensor))
        course.do_step(batches[1])
        with pytest.raises(DataDependentOutputException):
            course.losses[0].item()


@pytest.mark.parametrize("module", [train, teachers])
def test_networks_and_data_are_on_the_device(module, tmp_path, monkeypatch):
    # A device without values, so that nothing can be computed on it.
    nowhere = torch.device("meta")
    monkeypatch.setattr(module, "use_device", lambda *_: nowhere)
    seen = []

    def fit_members(networks, data, *_, **__):
        part = data(slice(None))
        seen.extend(weights.device for one in networks for weights in one.parameters())
        seen.extend(one.device for one in vars(part).values() if isinstance(one, torch.Tensor))
        return [], []

    monkeypatch.setattr(module, "fit_members", fit_members)
    base = make_dataset()
    if module is train:
        save(base, tmp_path / "base.safetensors")
        paths = [tmp_path / "base.safetensors"]
        train._train(paths[0], paths, test_train.SPEC | {"seeds": [0]}, Saver(tmp_path))
    else:
        teachers._train(base, test_transfer.TEACHERS, Saver(tmp_path))
    assert len(seen) > 4
    assert set(seen) == {nowhere}


def test_a_gpu_without_bfloat16_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 0))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla V100")
    with pytest.raises(InputError, match="Tesla V100 has no bfloat16; set precision to float32"):
        device.use_device("cuda", 1, "bfloat16")
    assert device.use_device("cuda", 1, "float32").type == "cuda"
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    assert device.use_device("cuda", 1, "bfloat16").type == "cuda"


def test_numbers_too_small_to_be_normal_are_zero_as_they_cost_time():
    device.use_device("cpu", 1)
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


@pytest.mark.skipif(shutil.which("g++") is None, reason="to compile takes a C++ compiler")
@pytest.mark.parametrize("seeds", [[0, 1, 2], [0]], ids=["perceptrons", "convolutions"])
def test_a_compiled_training_is_the_same_training(seeds):
    # The last batch of an epoch has another shape. Each layer takes seconds to compile.
    torch.manual_seed(0)
    convolutions = [nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()]
    convolutional = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(64, 4))
    recipe = replace(test_fit.RECIPE, learning_rate=0.01, max_epochs=2, stop_at_train_accuracy=None)
    losses = {}
    for compiled in (False, True):
        networks = [copy.deepcopy(convolutional)]
        if len(seeds) > 1:
            networks = [build_network("mlp", {"hidden": [8]}, test_fit.SHAPE, 4, s) for s in seeds]
        _, curve = test_fit.train_networks(
            networks, test_fit.made_up(seeds), recipe, seeds, compiled
        )
        losses[compiled] = [row.train_loss for row in curve]
    assert losses[True] == pytest.approx(losses[False], rel=1e-3)
    assert np.ptp(losses[True]) > 0.01
