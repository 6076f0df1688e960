"""How much a function changes within a distance."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rethinking.measures.helpers.logits import evaluate
from rethinking.measures.helpers.metric import Function


def local_variation(
    function: Function, images: Tensor, radii: Sequence[float], generator: torch.Generator
) -> tuple[list[float], list[float]]:
    """Mean ‖f(x + δ) − f(x)‖₂ and the share of predictions that change, for each ‖δ‖₂ = ε.

    δ is uniform on the sphere of radius ε: one direction for each image, the same for all ε. (Noise
    of standard deviation σ in each of d dimensions has norm σ√d.)

    Args:
        function: To N×classes logits; of standardised ones if functions are to be compared.
        images: N×C×H×W.
        radii: The ε, in units of the input.
        generator: On the CPU, so that all devices draw the same.

    Returns:
        The variations, in units of the logits, and the shares, each for every ε.
    """
    noise = torch.randn(images.shape, generator=generator).to(images.device)
    directions = noise / noise.flatten(start_dim=1).norm(dim=1)[:, None, None, None]
    here = evaluate(function, images)
    variations, flips = [], []
    for radius in radii:
        there = evaluate(function, images + radius * directions)
        variations.append(float((there - here).norm(dim=1).double().mean()))
        flips.append(float((there.argmax(dim=1) != here.argmax(dim=1)).double().mean()))
    return variations, flips
