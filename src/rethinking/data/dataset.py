"""Image classification data sets in memory and on disk."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    """Training and test images with their labels."""

    # N×C×H×W, uint8 in [0, 255]; float32 on the same scale if a corruption leaves this range.
    train_images: NDArray[Any]
    train_labels: NDArray[np.int64]  # N, in [0, number of classes)
    test_images: NDArray[Any]  # M×C×H×W, like the training images
    test_labels: NDArray[np.int64]  # M
    class_names: tuple[str, ...]
    # What the source left out, one remark in a line; not saved.
    notes: tuple[str, ...] = ()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)


def check_made(dataset: Any, maker: str, base: Dataset | None = None) -> None:
    """Raise unless the result of a source or a corruption is a consistent data set.

    ``maker`` is its name for the error message. A corruption keeps the shapes of ``base``.
    """
    if not isinstance(dataset, Dataset):
        raise InputError(f"{maker} gave {dataset!r:.60}; give a rethinking.data.dataset.Dataset")
    if dataset.classes < 2:
        raise InputError(f"{maker}: class_names has {dataset.classes}; give two classes or more")
    for split in ("train", "test"):
        images, labels = getattr(dataset, f"{split}_images"), getattr(dataset, f"{split}_labels")
        if images.ndim != 4 or images.dtype not in (np.uint8, np.float32):
            given = f"{images.dtype} of shape {images.shape}"
            raise InputError(
                f"{maker}: {split}_images are {given}; give uint8 (or float32) N×C×H×W"
            )
        if labels.shape != images.shape[:1] or labels.dtype != np.int64:
            given = f"{labels.dtype} of shape {labels.shape}"
            raise InputError(f"{maker}: {split}_labels are {given}; give int64, one for each image")
        if len(labels) and not 0 <= labels.min() <= labels.max() < dataset.classes:
            raise InputError(
                f"{maker}: {split}_labels go from {labels.min()} to {labels.max()}; "
                f"give them from 0 to {dataset.classes - 1}, for {dataset.classes} class_names"
            )
        if base is not None and images.shape != getattr(base, f"{split}_images").shape:
            raise InputError(
                f"{maker}: {split}_images have shape {images.shape}, and those that it was given "
                f"{getattr(base, f'{split}_images').shape}; keep that"
            )
    if dataset.train_images.shape[1:] != dataset.test_images.shape[1:]:
        raise InputError(f"{maker}: train_images and test_images differ in shape; give them one")


ARRAYS = [field.name for field in fields(Dataset) if field.name not in ("class_names", "notes")]


def save(dataset: Dataset, path: Path) -> None:
    """Write a data set as safetensors."""
    arrays = {name: getattr(dataset, name) for name in ARRAYS}
    save_arrays(arrays, {"class_names": json.dumps(dataset.class_names)}, path)


def save_arrays(
    arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str], path: Path
) -> None:
    """Write arrays as safetensors, with metadata."""
    # safetensors writes the memory in its order, without regard to strides.
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    # One entry, because safetensors writes several in a random order.
    about = json.dumps(dict(metadata), sort_keys=True)
    write_bytes(path, to_bytes(contiguous, metadata={"about": about}))


def metadata_of(file: Any) -> dict[str, str]:
    """The metadata of a file of :func:`save_arrays`, opened by :func:`open_tensors`."""
    metadata: dict[str, str] = json.loads(file.metadata()["about"])
    return metadata


def load(path: Path) -> Dataset:
    """Read a data set that :func:`save` wrote."""
    with open_tensors(path) as file:
        class_names = tuple(json.loads(metadata_of(file)["class_names"]))
        return Dataset(**{name: file.get_tensor(name) for name in ARRAYS}, class_names=class_names)


@contextmanager
def open_tensors(path: Path) -> Iterator[Any]:
    """Open a safetensors file; every error in the block is InputError for a damaged file."""
    try:
        with safe_open(path, framework="np") as file:
            yield file
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged ({error}); delete it to have it rebuilt") from error
