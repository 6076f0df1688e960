"""Any folder of pictures: ``train/<class>/*`` and ``test/<class>/*``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset
from rethinking.data.pictures import (
    FRAMES,
    TRANSPARENCY,
    Split,
    list_pictures,
    printable,
    read_picture,
)
from rethinking.data.subset import subset_indices
from rethinking.errors import InputError
from rethinking.names.options import Count

# A part that a picture lost, and the picture's path.
Lost = tuple[str, str]


def load(
    *, path: str, train_images: Count | None = None, test_images: Count | None = None
) -> Dataset:
    """Load pictures in the layout of ``torchvision.datasets.ImageFolder``, as RGB.

    Args:
        path: The folder that holds ``train`` and ``test``.
        train_images: Keep this many training images (all by default), a fixed random subset.
        test_images: The same for test images.

    Raises:
        InputError: The folder has another layout (:func:`~rethinking.data.pictures.list_pictures`),
            a picture cannot be read or has another size, all pictures of a class are equal, or
            there are fewer than are to be kept.
    """
    train, test = list_pictures(Path(path))
    train_pictures, train_labels, train_lost = _read(train, train_images)
    test_pictures, test_labels, test_lost = _read(test, test_images)
    if train_pictures.shape[1:] != test_pictures.shape[1:]:
        raise InputError(f"{path}: pictures in train and test differ in size; resize them")
    _check_differ(train, train_pictures, train_labels, train_lost)
    _check_differ(test, test_pictures, test_labels, test_lost)
    return Dataset(
        train_images=train_pictures,
        train_labels=train_labels,
        test_images=test_pictures,
        test_labels=test_labels,
        class_names=train.classes,
        notes=tuple(_notes([train, test], [*train_lost, *test_lost])),
    )


def _read(
    split: Split, wanted: int | None
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[Lost]]:
    """The pictures of a split, their labels, and the parts that they lost."""
    kept = subset_indices(len(split.paths), wanted, f"pictures in {split.folder}")
    pictures: list[NDArray[np.uint8]] = []
    lost: list[Lost] = []
    for path in (split.paths[i] for i in kept):
        picture, dropped = read_picture(path)
        lost += [(what, path) for what in dropped]
        pictures.append(np.asarray(picture).transpose(2, 0, 1))
        if pictures[-1].shape != pictures[0].shape:
            sizes = ["×".join(map(str, p.shape[2:0:-1])) for p in (pictures[-1], pictures[0])]
            raise InputError(f"{path}: is {sizes[0]} pixels, others are {sizes[1]}; resize them")
    images, labels = np.stack(pictures), np.array(split.labels, dtype=np.int64)[kept]
    return images, labels, lost


def _check_differ(
    split: Split, images: NDArray[np.uint8], labels: NDArray[np.int64], lost: Sequence[Lost]
) -> None:
    """Raise if all pictures of a class are equal, as after drawing them in the alpha channel."""
    transparent = {Path(path) for what, path in lost if what == TRANSPARENCY}
    for label, name in enumerate(split.classes):
        (indices,) = np.nonzero(labels == label)
        if len(indices) > 1 and all(np.array_equal(images[i], images[indices[0]]) for i in indices):
            folder = split.folder / name
            why = "as RGB; replace them"
            if any(path.is_relative_to(folder) for path in transparent):
                why = "without their transparency, which is dropped; draw them on a background"
            raise InputError(f"{folder}: all {len(indices)} pictures are the same {why}")


def _notes(splits: Sequence[Split], lost: Sequence[Lost]) -> Iterator[str]:
    """The numbers and first cases of files that were left out and of parts that were dropped."""
    cases = {
        "hidden files or folders left out": [path for split in splits for path in split.hidden],
        "files left out that lie in no class or have no suffix of a picture": [
            path for split in splits for path in split.others
        ],
    } | {f"{what} dropped": [p for w, p in lost if w == what] for what in (FRAMES, TRANSPARENCY)}
    for case, paths in cases.items():
        if paths:
            more = ", …" if len(paths) > 1 else ""
            yield f"{case}: {len(paths)} ({printable(paths[0])}{more})"
