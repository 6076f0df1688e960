"""Image classification data sets in memory and on disk."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from rethinking.errors import InputError
from rethinking.files import write_bytes


@dataclass(frozen=True)
class Dataset:
    """Training and test images with their labels.

    Attributes:
        train_images: N×C×H×W, uint8 in [0, 255] (float32 on the same scale where a corruption
            leaves that range).
        train_labels: N, int64 in [0, number of classes).
        test_images: M×C×H×W, like ``train_images``.
        test_labels: M, int64.
        class_names: One name for each class.
    """

    train_images: NDArray[Any]
    train_labels: NDArray[np.int64]
    test_images: NDArray[Any]
    test_labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)


ARRAYS = [field.name for field in fields(Dataset) if field.name != "class_names"]


def save(dataset: Dataset, path: Path, base: Dataset | None = None) -> None:
    """Write a data set as safetensors.

    Args:
        dataset: What to write.
        path: The file.
        base: The uncorrupted data set. Arrays that ``dataset`` shares with it (the same object)
            are left out, so that new labels do not copy the images.
    """
    arrays = {name: getattr(dataset, name) for name in ARRAYS}
    if base is not None:
        arrays = {name: array for name, array in arrays.items() if array is not getattr(base, name)}
    metadata = {"class_names": json.dumps(dataset.class_names)}
    # safetensors writes the memory as it lies, whatever the strides say.
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_bytes(path, to_bytes(contiguous, metadata=metadata))


def load(path: Path, base: Dataset | None = None) -> Dataset:
    """Read what :func:`save` wrote; arrays that the file lacks come from ``base``.

    Raises:
        InputError: The file is damaged, or refers to images and no ``base`` was given.
    """
    try:
        with safe_open(path, framework="np") as file:
            class_names = tuple(json.loads(file.metadata()["class_names"]))
            names = file.keys()
            arrays = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged ({error}); delete it to have it rebuilt") from error
    if base is not None:
        arrays = {name: getattr(base, name) for name in ARRAYS} | arrays
    missing = [name for name in ARRAYS if name not in arrays]
    if missing:
        raise InputError(f"{path}: holds only what differs from the data set; give that one too")
    return Dataset(**arrays, class_names=class_names)
