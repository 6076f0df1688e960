"""The trained networks of a block on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from rethinking.errors import InputError
from rethinking.files import read_json, write_bytes, write_json, write_rows
from rethinking.training.fit import Epoch, Trained


def save_block(
    weights: Path,
    info: Path,
    curve: Path,
    trained: Sequence[Trained],
    epochs: Sequence[Epoch],
    setting: Mapping[str, Any],
) -> None:
    """Write a block; the weights last, so that they never stand without their description.

    Args:
        weights: The safetensors file: every tensor has the members along its first axis.
        info: The JSON: ``setting``, and how each member ended.
        curve: The CSV with the columns of :class:`rethinking.training.fit.Epoch`.
        trained: The members.
        epochs: Their learning curves.
        setting: The names of dataset, condition, model and recipe, and what else to write there.
    """
    write_curve(curve, epochs)
    members = [{"seed": one.seed, "status": one.status, "epochs": one.epochs} for one in trained]
    write_json(info, {**setting, "members": members})
    stacked = {
        name: torch.stack([one.state[name].contiguous() for one in trained]).cpu()
        for name in trained[0].state
    }
    write_bytes(weights, to_bytes(stacked))


def write_curve(curve: Path, epochs: Sequence[Epoch]) -> None:
    """Write learning curves: a CSV with the columns of :class:`rethinking.training.fit.Epoch`."""
    names = [field.name for field in fields(Epoch)]
    write_rows(curve, names, (list(asdict(row).values()) for row in epochs))


def load_block(weights: Path, info: Path) -> list[Trained]:
    """Read the trained networks of a block, on the CPU.

    Raises:
        InputError: A file is damaged.
    """
    try:
        members = read_json(info)["members"]
        tensors = load_file(weights)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        remedy = f"delete {weights} to have it rebuilt"
        raise InputError(f"{weights}: damaged ({error}); {remedy}") from error
    return [
        Trained(**member, state={name: stack[place] for name, stack in tensors.items()})
        for place, member in enumerate(members)
    ]
