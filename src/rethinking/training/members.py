"""Train the networks of a block: as one batched program, or one after the other."""

import logging
from collections.abc import Callable, Sequence

import torch
from torch import nn

from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver
from rethinking.training.fit import Epoch, Recipe, Trained, TrainingData, fit
from rethinking.training.networks import can_stack

log = logging.getLogger(__name__)


def fit_members(
    networks: Sequence[nn.Module],
    data: Callable[[slice], TrainingData],
    recipe: Recipe,
    names: Sequence[int],
    seeds: Sequence[int],
    saver: Saver,
    name: str = "part",
    precision: torch.dtype = torch.float32,
    compiled: bool = False,
    watch: Callable[[Sequence[Epoch]], None] | None = None,
) -> tuple[list[Trained], list[Epoch]]:
    """Train all networks, those that can be stacked together.

    Args:
        networks: All of one architecture, on the device of the data.
        data: Gives the data of some of them; is asked for once for each program.
        recipe: How to train.
        names: What each is called in the results.
        seeds: For each, the source of its order of images and of what its layers draw.
        saver: Keeps the state from time to time.
        name: What the saver is to call the states; each program's number is added.
        precision: As ``rethinking.training.fit.fit`` takes it.
        compiled: As it takes it.
        watch: As it takes it.

    Returns:
        The trained networks in order, and the learning curves of each program, by epoch.
    """
    trained: list[Trained] = []
    epochs: list[Epoch] = []
    for number, part in enumerate(_programs(networks)):
        # For layers that draw at random while they train.
        torch.manual_seed(derive_seed(seeds[part][0], "training"))
        ended, curve = fit(
            networks[part],
            data(part),
            recipe,
            names[part],
            [torch.Generator().manual_seed(derive_seed(seed, "order")) for seed in seeds[part]],
            saver,
            f"{name}-{number}",
            precision,
            compiled,
            watch,
        )
        for one in ended:
            log.info("%d: %s after %d epochs", one.seed, one.status, one.epochs)
        trained += ended
        epochs += curve
    return trained, epochs


def _programs(networks: Sequence[nn.Module]) -> list[slice]:
    """Which members train together: all, or each by itself where they cannot be stacked."""
    if can_stack(networks[0]):
        return [slice(None)]
    return [slice(place, place + 1) for place in range(len(networks))]
