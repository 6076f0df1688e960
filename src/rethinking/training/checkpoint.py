"""The trained networks of a block on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from rethinking.errors import InputError
from rethinking.files import read_json, write_bytes, write_json
from rethinking.training.run import Trained


def save_block(
    weights: Path,
    info: Path,
    trained: Sequence[Trained],
    about: Mapping[str, Any],
    measured: Sequence[Sequence[Mapping[str, Any]]] = (),
) -> None:
    """Write a block; the weights come last, so that they never exist without their description.

    The first axis of every tensor in the safetensors file ``weights`` is that of the members. The
    JSON ``info`` has the facts in ``about`` (at least the names of dataset, condition, model and
    recipe), the outcome of each member, and its metrics if any were ``measured``.
    """
    members: list[dict[str, Any]] = [
        {"seed": member.seed, "status": member.status, "epochs": member.epochs}
        for member in trained
    ]
    for member, metrics in zip(members, measured, strict=False):
        member["metrics"] = metrics
    write_json(info, {**about, "members": members})
    stacked = {
        name: torch.stack([member.state[name].contiguous() for member in trained]).cpu()
        for name in trained[0].state
    }
    write_bytes(weights, to_bytes(stacked))


def load_block(weights: Path, info: Path) -> list[Trained]:
    """Read the trained networks of a block, on the CPU; a damaged file raises InputError."""
    try:
        members = read_json(info)["members"]
        tensors = load_file(weights)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        remedy = f"delete {weights} to have it rebuilt"
        raise InputError(f"{weights}: damaged ({error}); {remedy}") from error
    return [
        Trained(
            member["seed"],
            member["status"],
            member["epochs"],
            {name: stack[index] for name, stack in tensors.items()},
        )
        for index, member in enumerate(members)
    ]
