"""Apply a corruption by its name."""

import importlib
from pathlib import Path

import numpy as np

from rethinking.data.condition import Condition, parse_condition
from rethinking.data.dataset import Dataset, load, save
from rethinking.seeds import derive_seed


def corrupt(dataset: Dataset, condition: Condition, seed: int) -> Dataset:
    """Corrupt a data set by ``rethinking.data.corruptions.<name>``.

    The corruption draws from a stream of its own that does not depend on the level.

    Args:
        dataset: The uncorrupted data.
        condition: What to do to it.
        seed: The experiment's seed.
    """
    module = importlib.import_module(f"rethinking.data.corruptions.{condition.corruption}")
    random = np.random.default_rng(derive_seed(seed, condition.corruption))
    options = {} if condition.level is None else {"level": condition.level}
    corrupted: Dataset = module.corrupt(dataset, random, **options)
    return corrupted


def write_corrupted(dataset: Path, condition: str, seed: int, tensors: Path) -> None:
    """Write what a condition changes in a data set; what it leaves alone is not copied.

    Args:
        dataset: The file of the uncorrupted data.
        condition: As :func:`rethinking.data.condition.parse_condition` reads it.
        seed: The experiment's seed.
        tensors: The safetensors file to write.

    Raises:
        InputError: The data set's file is damaged.
    """
    base = load(dataset)
    save(corrupt(base, parse_condition(condition), seed), tensors, base)
