"""Logits that are comparable between networks."""

from typing import cast

import torch
from torch import Tensor, fx, nn
from torch.fx.experimental.optimization import fuse
from torch.fx.proxy import TraceError

from rethinking.errors import InputError
from rethinking.measures.helpers.metric import Function

# The number of pixels at once: 64 images of 32×32, 1,024 of 8×8. More was not faster on a CPU for
# full networks. It bounds memory: all measures of a full-width ResNet-18 took 1.4 GB with 1,000
# images of 32×32.
PIXELS = 2**16
# On a GPU, images may take half of its free memory, at so many bytes for a pixel: those 1.4 GB over
# the number of pixels.
BYTES_PER_PIXEL = 2**15
# The largest number of images for standardising logits.
SAMPLE = 1000
# Logits with less variation than this, relative to the largest, are constant up to rounding.
ROUNDING = 1e-6


def chunk_of(images: Tensor) -> int:
    """The number of images like these, N×C×H×W, to compute at once."""
    return max(1, pixels_at_once(images.device) // (images.shape[2] * images.shape[3]))


def pixels_at_once(device: torch.device) -> int:
    """The number of pixels of images to compute at once on a device."""
    if device.type != "cuda":
        return PIXELS
    free, _ = torch.cuda.mem_get_info(device)
    return free // 2 // BYTES_PER_PIXEL


@torch.no_grad()
def evaluate(function: Function, images: Tensor) -> Tensor:
    """Apply a function to N×C×H×W in chunks of :func:`chunk_of`."""
    return torch.cat([function(part) for part in images.split(chunk_of(images))])


def spread(images: Tensor, count: int) -> Tensor:
    """``count`` of N images at equal distances, because images may be in the order of classes."""
    return images[torch.linspace(0, len(images) - 1, min(count, len(images))).long()]


def centred(logits: Tensor) -> Tensor:
    """Subtract from the logits of each sample (N×classes) their mean, which softmax ignores."""
    return logits - logits.mean(dim=1, keepdim=True)


def logit_scale(function: Function, images: Tensor) -> float:
    """The standard deviation of centred logits over at most :data:`SAMPLE` images.

    It is the root of the mean over classes of the variance over images: a constant for each class
    is no variation, and untrained networks have large ones. All classes share one number, because
    one for each class would change which logit is largest. A constant function has no scale, and
    gets 1.
    """
    logits = centred(evaluate(function, spread(images, SAMPLE))).double()
    scale = float(logits.var(dim=0, correction=0).mean().sqrt())
    return scale if scale > ROUNDING * float(logits.abs().max()) else 1.0


def standardised(function: Function, images: Tensor) -> Function:
    """Subtract each sample's mean over classes and divide by :func:`logit_scale` over ``images``.

    Measures of the result do not change if logits are scaled, if any function of the image is added
    to all logits at once, or if classes are permuted. The result for a network is a network.
    """
    if isinstance(function, nn.Module):
        return standardised_network(function, images)
    scale = logit_scale(function, images)
    return lambda inputs: centred(function(inputs)) / scale


def standardised_network(network: nn.Module, images: Tensor) -> fx.GraphModule:
    """The function :func:`standardised` for a network in evaluation mode, which does not change.

    Batch normalisation is folded into the convolutions before it (in evaluation mode it is an
    affine map), and centring and scale into the last layer. The resulting graph only has layers
    with known norms. A network that cannot be traced, or does not end in a linear layer, raises
    InputError.
    """
    try:
        folded = cast(fx.GraphModule, fuse(network))
    except TraceError as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"measures need a network that torch.fx can trace ({reason}); "
            "let nothing in its forward depend on what the images hold"
        ) from error
    folded.to(memory_format=torch.channels_last)
    for weights in folded.parameters():
        weights.requires_grad_(False)
    scale = logit_scale(folded, images)
    end = next(node for node in reversed(folded.graph.nodes) if node.op == "output").args[0]
    last = folded.get_submodule(end.target) if end.op == "call_module" else None
    if not isinstance(last, nn.Linear):
        raise InputError(
            f"the network ends in {last or end.target}; measures need one that ends in "
            "torch.nn.Linear"
        )
    last.weight.data = (last.weight - last.weight.mean(dim=0)) / scale
    if last.bias is not None:
        last.bias.data = (last.bias - last.bias.mean()) / scale
    return folded


def signed_margins(logits: Tensor, labels: Tensor) -> Tensor:
    """The logit of the label minus the largest other one, N: negative for wrong predictions."""
    own = logits.gather(1, labels[:, None])
    others = logits.scatter(1, labels[:, None], -torch.inf)
    return own[:, 0] - others.max(dim=1).values
