"""Corrupt a data set under a condition, for a block of seeds at a time."""

import importlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import (
    ARRAYS,
    Dataset,
    check_made,
    load,
    metadata_of,
    open_tensors,
    save_arrays,
)
from rethinking.data.specs import CorruptSpec
from rethinking.errors import InputError
from rethinking.names.condition import SYNTHETIC, Condition, corruption_module, parse_condition
from rethinking.seeds import derive_seed


def corrupt(dataset: Dataset, condition: Condition, seed: int) -> Dataset:
    """Corrupt a data set by the module of the condition in ``rethinking.data.corruptions``.

    The corruption draws from its own random stream, which does not depend on the level. It raises
    InputError if it changes the given arrays in place, or does not return these shapes.
    """
    name = corruption_module(condition.corruption)
    module = importlib.import_module(f"rethinking.data.corruptions.{name}")
    random = np.random.default_rng(derive_seed(seed, condition.corruption))
    options: dict[str, Any] = {} if condition.level is None else {"level": condition.level}
    if condition.corruption in SYNTHETIC:
        options["kind"] = condition.corruption
    where = f"src/rethinking/data/corruptions/{name}.py: corrupt"
    # Arrays that are the same objects as before are not written. An array that was changed in
    # place would count as unchanged.
    arrays = [array for name in ARRAYS if (array := getattr(dataset, name)).flags.writeable]
    for array in arrays:
        array.flags.writeable = False
    try:
        corrupted: Dataset = module.corrupt(dataset, random, **options)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise InputError(f"{where} changes the arrays that it is given; change copies") from error
    finally:
        for array in arrays:
            array.flags.writeable = True
    check_made(corrupted, where, dataset)
    return corrupted


def write_corrupted(dataset: Path, tensors: Path, spec: CorruptSpec) -> None:
    """Write the arrays that a condition changes in a data set, for each seed of a block.

    The safetensors file ``tensors`` has ``<seed>/<array>`` for each array that differs from the
    uncorrupted one, so that new labels do not copy the images.
    """
    base = load(dataset)
    arrays: dict[str, NDArray[Any]] = {}
    class_names: dict[int, tuple[str, ...]] = {}
    for seed in spec.seeds:
        changed = corrupt(base, parse_condition(spec.condition), seed)
        class_names[seed] = changed.class_names
        for name in ARRAYS:
            if getattr(changed, name) is not getattr(base, name):
                arrays[f"{seed}/{name}"] = getattr(changed, name)
    metadata = {"condition": spec.condition, "class_names": json.dumps(class_names)}
    save_arrays(arrays, metadata, tensors)


def find_corrupted(blocks: Iterable[Path]) -> dict[tuple[str, int], Path]:
    """The file of each condition and seed, among files of :func:`write_corrupted`."""
    paths: dict[tuple[str, int], Path] = {}
    for path in blocks:
        with open_tensors(path) as file:
            about = metadata_of(file)
        for seed in json.loads(about["class_names"]):
            paths[about["condition"], int(seed)] = path
    return paths


def load_corrupted(path: Path, base: Dataset, seed: int) -> Dataset:
    """Read the data set of a seed from a file of :func:`write_corrupted`.

    Arrays that the corruption did not change are those of ``base``, the uncorrupted data.
    """
    with open_tensors(path) as file:
        class_names = tuple(json.loads(metadata_of(file)["class_names"])[str(seed)])
        keys = set(file.keys())
        arrays = {
            name: file.get_tensor(key) if (key := f"{seed}/{name}") in keys else getattr(base, name)
            for name in ARRAYS
        }
    return Dataset(**arrays, class_names=class_names)
