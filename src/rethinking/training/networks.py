"""Build networks by name, and check that they fit the data."""

import importlib
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim.swa_utils import update_bn

from rethinking.errors import InputError
from rethinking.seeds import derive_seed

# The number of images for the statistics of BatchNorm before an evaluation: their means are then
# known to a hundredth of a standard deviation, without another pass over a large set.
BATCH_NORM_IMAGES = 10_000
# The number of images in a forward pass of an evaluation, of all members; it bounds the memory.
EVALUATION_BATCH = 2048


def build_network(
    module: str, options: Mapping[str, Any], shape: tuple[int, int, int], classes: int, seed: int
) -> nn.Module:
    """Build ``rethinking.models.<module>`` with the initial weights of the experiment's seed.

    ``options`` are the keyword arguments of its ``build``, and ``shape`` is channels, height and
    width of an image. The global random state does not change.
    """
    architecture = importlib.import_module(f"rethinking.models.{module}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "initialisation"))
        network: nn.Module = architecture.build(shape, classes, **options)
    return network


def has_convolutions(network: nn.Module) -> bool:
    """Whether a network has convolutions of images."""
    return any(isinstance(module, nn.Conv2d) for module in network.modules())


def check_network(network: Any, shape: tuple[int, int, int], classes: int, name: str) -> None:
    """Raise unless the result of ``build`` is a network with a logit for each class.

    ``shape`` is channels, height and width of its images, and ``name`` leads the error message.
    """
    if not isinstance(network, nn.Module):
        raise InputError(f"{name}: its build gave {network!r:.60}; give a torch.nn.Module")
    mode = network.training
    try:
        with torch.no_grad():
            logits = network.train(False)(torch.zeros(2, *shape))
    except (RuntimeError, ValueError) as error:
        size = "×".join(map(str, shape))
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"{name}: cannot take images of {size} ({reason}); "
            "give it fewer layers or larger images"
        ) from error
    finally:
        network.train(mode)
    if not isinstance(logits, Tensor) or logits.shape != (2, classes):
        given = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise InputError(
            f"{name}: gives {given} for 2 images; give a logit for each class, (2, {classes})"
        )


def refresh_batch_norm(
    network: nn.Module, images: Tensor, layout: torch.memory_format = torch.contiguous_format
) -> None:
    """Recompute the running statistics of BatchNorm, if any, over training images, in place.

    Running averages lag behind the weights, and those of an untrained network come from no data.
    At most :data:`BATCH_NORM_IMAGES` of the images, N×C×H×W, are used. They have equal distances in
    the set, because neighbours may be similar, as in a random walk. ``update_bn`` weighs all parts
    equally, so parts have the same size up to one image.
    """
    if not any(isinstance(module, _BatchNorm) for module in network.modules()):
        return
    sample = images[:: math.ceil(len(images) / BATCH_NORM_IMAGES)]
    parts = sample.tensor_split(math.ceil(len(sample) / EVALUATION_BATCH))
    update_bn((part.contiguous(memory_format=layout) for part in parts), network)


@torch.no_grad()
def logits_of(network: nn.Module, images: Tensor) -> Tensor:
    """The logits of a network in evaluation mode, N×classes, of images N×C×H×W."""
    network.train(False)
    return torch.cat([network(part) for part in images.split(EVALUATION_BATCH)])
