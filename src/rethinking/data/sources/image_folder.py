"""Any folder of pictures: ``train/<class>/*`` and ``test/<class>/*``."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torchvision.datasets import ImageFolder

from rethinking.data.dataset import Dataset
from rethinking.data.subset import subset_indices
from rethinking.errors import InputError

# What Pillow raises at pictures that it cannot or will not read.
PILLOW_ERRORS = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def load(*, path: str, train_images: int | None = None, test_images: int | None = None) -> Dataset:
    """Load pictures in the layout of ``torchvision.datasets.ImageFolder``, as RGB.

    Args:
        path: The folder that holds ``train`` and ``test``.
        train_images: Keep this many training images (all by default), a fixed random subset.
        test_images: The same for test images.

    Raises:
        InputError: A picture cannot be read or has another size, the classes of ``train`` and
            ``test`` differ, or there are too few pictures.
    """
    train, test = (_listing(Path(path) / split) for split in ("train", "test"))
    if train.classes != test.classes:
        odd = sorted(set(train.classes) ^ set(test.classes))
        raise InputError(f"{path}: train and test must hold the same classes; only one has {odd}")
    train_pictures, train_labels = _read(train, train_images, f"pictures in {path}/train")
    test_pictures, test_labels = _read(test, test_images, f"pictures in {path}/test")
    if train_pictures.shape[1:] != test_pictures.shape[1:]:
        raise InputError(f"{path}: pictures in train and test differ in size; resize them")
    return Dataset(
        train_images=train_pictures,
        train_labels=train_labels,
        test_images=test_pictures,
        test_labels=test_labels,
        class_names=tuple(train.classes),
    )


def _listing(folder: Path) -> ImageFolder:
    try:
        return ImageFolder(str(folder))
    except FileNotFoundError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{folder}: needs one sub-folder of pictures a class ({reason})"
        ) from error


def _read(
    listing: ImageFolder, wanted: int | None, what: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    samples = [listing.samples[i] for i in subset_indices(len(listing), wanted, what)]
    pictures = [_picture(path) for path, _ in samples]
    for (path, _), picture in zip(samples, pictures, strict=True):
        if picture.shape != pictures[0].shape:
            sizes = ["×".join(map(str, p.shape[2:0:-1])) for p in (picture, pictures[0])]
            raise InputError(f"{path}: is {sizes[0]} pixels, others are {sizes[1]}; resize them")
    return np.stack(pictures), np.array([label for _, label in samples], dtype=np.int64)


def _picture(path: str) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as picture:
            if picture.mode.startswith(("I", "F")):
                raise InputError(f"{path}: has more than 8 bits a channel; convert it to 8")
            return np.asarray(picture.convert("RGB")).transpose(2, 0, 1)
    except PILLOW_ERRORS as error:
        raise InputError(f"{path}: cannot be read as a picture; replace or remove it") from error
