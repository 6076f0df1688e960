"""Where a job computes."""

import torch

from rethinking.errors import InputError


def use_device(kind: str, threads: int) -> torch.device:
    """Set up this process to compute on a device.

    Args:
        kind: ``cpu`` or ``cuda``.
        threads: CPU threads; weights depend on their number by rounding.

    Raises:
        InputError: There is no GPU that torch can use.
    """
    torch.set_num_threads(threads)
    # Arithmetic on denormal numbers, which losses near zero lead to, is slow on many CPUs.
    torch.set_flush_denormal(True)
    if kind == "cuda" and not torch.cuda.is_available():
        raise InputError("config: device: torch finds no GPU here; set device to auto or cpu")
    return torch.device(kind)
