"""Sensitivity to the frequencies of an image (not the frequencies of the function)."""

import torch
from torch import Tensor

from rethinking.measures.helpers.logits import chunk_of, evaluate
from rethinking.measures.helpers.metric import Function


def fourier_waves(up: int, height: int, width: int, device: torch.device) -> Tensor:
    """Real waves of unit norm with one vertical frequency, width×height×width.

    They are waves of the Hartley basis, (cos + sin)(2π(u·y/H + v·x/W))/√(HW). The basis is
    orthonormal, and the Fourier transform of each wave is zero except at ±(u, v), as Yin et al.
    (2019) require. The first axis is v, in cycles per width; ``up`` is u, in cycles per height.
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

    This is the Fourier heat map of Yin et al. (2019), of the output in place of the error: H×W, by
    vertical and horizontal frequency in the order of ``torch.fft.fftfreq``. The sign of the wave is
    random for each of the N×C×H×W images and each channel; the generator is on the CPU, for the
    same draws on all devices. Logits should be standardised if functions are compared.
    """
    count, channels, height, width = images.shape
    signs = torch.randint(2, (count, channels, 1, 1), generator=generator) * 2 - 1
    directions = signs.to(images.device) * strength / channels**0.5
    before = evaluate(function, images)
    together = max(1, chunk_of(images) // count)
    means = []
    for up in range(height):
        for waves in fourier_waves(up, height, width, images.device).split(together):
            shifted = images + waves[:, None, None] * directions
            after = evaluate(function, shifted.flatten(end_dim=1)).unflatten(0, (len(waves), count))
            means.append((after - before).norm(dim=2).mean(dim=1))
    heat: Tensor = torch.cat(means).unflatten(0, (height, width))
    return heat
