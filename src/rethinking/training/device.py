"""The device of a job."""

import torch

from rethinking.errors import InputError
from rethinking.names.specs import Compute

# The first GPUs with instructions for bfloat16 (Ampere).
BFLOAT16_CAPABILITY = (8, 0)


def use_device(compute: Compute) -> torch.device:
    """Set up this process for the device and the threads of a step, or raise InputError."""
    torch.set_num_threads(compute.threads)
    # Denormal numbers, which come from losses near zero, slow down many CPUs.
    torch.set_flush_denormal(True)
    if compute.device == "cuda" and not torch.cuda.is_available():
        raise InputError("config: device: torch finds no GPU here; set device to auto or cpu")
    if compute.device == "cuda" and compute.precision == "bfloat16":
        capability = torch.cuda.get_device_capability()
        if capability < BFLOAT16_CAPABILITY:
            raise InputError(
                f"config: precision: {torch.cuda.get_device_name()} has no bfloat16; set precision "
                "to float32"
            )
    return torch.device(compute.device)
