"""Where a job computes."""

import torch

from rethinking.errors import InputError

# The first GPUs with instructions for bfloat16 (Ampere).
BFLOAT16_CAPABILITY = (8, 0)


def use_device(kind: str, threads: int, precision: str = "float32") -> torch.device:
    """Set up this process to compute on a device.

    Args:
        kind: ``cpu`` or ``cuda``.
        threads: CPU threads; weights depend on their number by rounding.
        precision: Of activations and products in training.

    Raises:
        InputError: There is no GPU that torch can use, or it has no bfloat16.
    """
    torch.set_num_threads(threads)
    # Arithmetic on denormal numbers, which losses near zero lead to, is slow on many CPUs.
    torch.set_flush_denormal(True)
    if kind == "cuda" and not torch.cuda.is_available():
        raise InputError("config: device: torch finds no GPU here; set device to auto or cpu")
    if kind == "cuda" and precision == "bfloat16":
        capability = torch.cuda.get_device_capability()
        if capability < BFLOAT16_CAPABILITY:
            raise InputError(
                f"config: precision: {torch.cuda.get_device_name()} has no bfloat16; set precision "
                "to float32"
            )
    return torch.device(kind)
