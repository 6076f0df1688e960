"""The device and the precision that a config leaves to the machine."""

from functools import cache
from pathlib import Path

from rethinking.step.hardware import cpu_info
from rethinking.study.entries import Config

# Networks at least this wide compute faster in bfloat16 on processors that support it; at half the
# width the gain is small or none (measured on 8×8 images).
WIDE = 1.0
# Linux's names of the instructions for products in bfloat16.
BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}
LEFT_TO_THE_MACHINE = (
    "device, precision: auto looks at this machine, not at those that will work; choose both, as "
    "profiles/slurm/device.yaml does: --config device=cuda precision=float32"
)


def device_kind(config: Config) -> str:
    """``cpu`` or ``cuda``; ``auto`` is a GPU where the machine has a driver for one."""
    kind: str = config["device"]
    if kind == "auto":
        return "cuda" if Path("/dev/nvidiactl").exists() else "cpu"
    return kind


def looks_at_the_machine(config: Config) -> bool:
    """Whether the config leaves something to the machine that reads it."""
    if config["device"] == "auto":
        return True
    return device_kind(config) == "cpu" and config["precision"] == "auto"


def precision(config: Config, width_factor: float) -> str:
    """The torch type of activations and products in training, for a network of some width.

    ``auto`` is ``bfloat16`` where this is faster: for wide convolutional networks, on GPUs and on
    processors with instructions for it. Perceptrons have the width 0.
    """
    choice: str = config["precision"]
    if choice != "auto":
        return choice
    able = device_kind(config) == "cuda" or has_bfloat16()
    return "bfloat16" if width_factor >= WIDE and able else "float32"


@cache
def has_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16."""
    return bool(BFLOAT16_FLAGS & set(cpu_info("flags").split()))
