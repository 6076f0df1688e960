"""Changes of a function within a distance."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rethinking.measures.helpers.logits import evaluate
from rethinking.measures.helpers.metric import Function


def local_variation(
    function: Function, images: Tensor, radii: Sequence[float], generator: torch.Generator
) -> tuple[list[float], list[float]]:
    """Mean ‖f(x + δ) − f(x)‖₂ and the share of predictions that change, for each ‖δ‖₂ = ε.

    δ is uniform on the sphere of radius ε, with one direction for each of the N×C×H×W images, the
    same for all ε. (Noise of standard deviation σ in each of d dimensions has norm σ√d.) The
    generator is on the CPU, for the same draws on all devices. Logits should be standardised if
    functions are compared.
    """
    noise = torch.randn(images.shape, generator=generator).to(images.device)
    directions = noise / noise.flatten(start_dim=1).norm(dim=1)[:, None, None, None]
    before = evaluate(function, images)
    variations, flips = [], []
    for radius in radii:
        after = evaluate(function, images + radius * directions)
        variations.append(float((after - before).norm(dim=1).double().mean()))
        flips.append(float((after.argmax(dim=1) != before.argmax(dim=1)).double().mean()))
    return variations, flips
