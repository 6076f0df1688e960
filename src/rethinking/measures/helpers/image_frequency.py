"""Sensitivity to the frequencies of an image, which are not those of the function."""

import torch
from torch import Tensor

from rethinking.measures.helpers.logits import chunk_of, evaluate
from rethinking.measures.helpers.metric import Function


def fourier_waves(up: int, height: int, width: int, device: torch.device) -> Tensor:
    """Real waves of unit norm with one vertical frequency, width×height×width.

    Of the Hartley basis, (cos + sin)(2π(u·y/H + v·x/W))/√(HW): orthonormal, and each wave's Fourier
    transform is zero but at ±(u, v), as Yin et al. (2019) ask.

    Args:
        up: u, in cycles per height; v comes first in what is returned.
        height: H.
        width: W.
        device: Where to.
    """
    rows, columns = torch.arange(height, device=device), torch.arange(width, device=device)
    horizontal = columns[:, None] * columns / width
    phases = 2 * torch.pi * (up * rows[None, :, None] / height + horizontal[:, None, :])
    waves: Tensor = (phases.cos() + phases.sin()) / (height * width) ** 0.5
    return waves


def fourier_sensitivity(
    function: Function, images: Tensor, strength: float, generator: torch.Generator
) -> Tensor:
    """Mean ‖f(x + δ) − f(x)‖₂ for a wave δ of each frequency with ‖δ‖₂ = ``strength``.

    The Fourier heat map of Yin et al. (2019), of the output in place of the error. Each image
    and channel has the wave with a sign of its own, at random.

    Args:
        function: To N×classes logits; of standardised ones if functions are to be compared.
        images: N×C×H×W.
        strength: In units of the input.
        generator: On the CPU, so that all devices draw the same.

    Returns:
        H×W, by vertical and horizontal frequency in the order of ``torch.fft.fftfreq``.
    """
    count, channels, height, width = images.shape
    signs = torch.randint(2, (count, channels, 1, 1), generator=generator) * 2 - 1
    directions = signs.to(images.device) * strength / channels**0.5
    here = evaluate(function, images)
    together = max(1, chunk_of(images) // count)
    means = []
    for up in range(height):
        for waves in fourier_waves(up, height, width, images.device).split(together):
            shifted = images + waves[:, None, None] * directions
            there = evaluate(function, shifted.flatten(end_dim=1)).unflatten(0, (len(waves), count))
            means.append((there - here).norm(dim=2).mean(dim=1))
    heat: Tensor = torch.cat(means).unflatten(0, (height, width))
    return heat
