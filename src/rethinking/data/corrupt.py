"""Apply a corruption by its name."""

import importlib
from pathlib import Path

import numpy as np

from rethinking.data.dataset import ARRAYS, Dataset, check_made, load, save
from rethinking.errors import InputError
from rethinking.names.condition import Condition, parse_condition
from rethinking.seeds import derive_seed


def corrupt(dataset: Dataset, condition: Condition, seed: int) -> Dataset:
    """Corrupt a data set by ``rethinking.data.corruptions.<name>``.

    The corruption draws from a stream of its own that does not depend on the level.

    Args:
        dataset: The uncorrupted data.
        condition: What to do to it.
        seed: The experiment's seed.

    Raises:
        InputError: The corruption changes what it is given, or gives no data set of these shapes.
    """
    name = f"src/rethinking/data/corruptions/{condition.corruption}.py: corrupt"
    module = importlib.import_module(f"rethinking.data.corruptions.{condition.corruption}")
    random = np.random.default_rng(derive_seed(seed, condition.corruption))
    options = {} if condition.level is None else {"level": condition.level}
    # What it leaves alone is not written, and known by being the same array: one that it changed in
    # place would be taken for that.
    arrays = [
        getattr(dataset, field) for field in ARRAYS if getattr(dataset, field).flags.writeable
    ]
    for array in arrays:
        array.flags.writeable = False
    try:
        corrupted: Dataset = module.corrupt(dataset, random, **options)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise InputError(f"{name} changes the arrays that it is given; change copies") from error
    finally:
        for array in arrays:
            array.flags.writeable = True
    check_made(corrupted, name, dataset)
    return corrupted


def write_corrupted(dataset: Path, condition: str, seed: int, tensors: Path) -> None:
    """Write what a condition changes in a data set; what it leaves alone is not copied.

    Args:
        dataset: The file of the uncorrupted data.
        condition: As :func:`rethinking.names.condition.parse_condition` reads it.
        seed: The experiment's seed.
        tensors: The safetensors file to write.

    Raises:
        InputError: The data set's file is damaged.
    """
    base = load(dataset)
    save(corrupt(base, parse_condition(condition), seed), tensors, base)
