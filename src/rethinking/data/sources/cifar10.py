"""CIFAR-10 (Krizhevsky, 2009): 60,000 colour images, 32×32, ten classes."""

import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rethinking.data.archives import check_archives
from rethinking.data.dataset import Dataset
from rethinking.data.subset import subset_indices
from rethinking.names.options import Count

IMAGE_SHAPE = (3, 32, 32)
TRAIN_IMAGES = 50_000
# The binary version has bytes at fixed places; the version for Python is a program (a pickle).
ARCHIVES = {
    "cifar-10-binary.tar.gz": {
        "sha256": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        "urls": ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
    }
}
FOLDER = "cifar-10-batches-bin"
TRAIN_FILES = [f"data_batch_{number}.bin" for number in range(1, 6)]


def load(
    *, archives: str, train_images: Count | None = None, test_images: Count | None = None
) -> Dataset:
    """Load CIFAR-10: 50,000 images for training, 10,000 for testing, as published.

    Args:
        archives: The folder that holds the archive.
        train_images: Keep this many training images (all by default), a fixed random subset.
        test_images: The same for test images.
    """
    (archive,) = check_archives(Path(archives), ARCHIVES)
    with tarfile.open(archive) as opened:

        def read(name: str) -> bytes:
            file = opened.extractfile(f"{FOLDER}/{name}")
            assert file is not None, "the checksum says that it is there"
            return file.read()

        names = read("batches.meta.txt").decode().split()
        train = _images_and_labels(b"".join(map(read, TRAIN_FILES)))
        test = _images_and_labels(read("test_batch.bin"))
    kept = subset_indices(len(train[1]), train_images, "training images of CIFAR-10")
    kept_test = subset_indices(len(test[1]), test_images, "test images of CIFAR-10")
    return Dataset(
        train_images=train[0][kept],
        train_labels=train[1][kept],
        test_images=test[0][kept_test],
        test_labels=test[1][kept_test],
        class_names=tuple(names),
    )


def _images_and_labels(content: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Split records: a byte for the class, then all red, all green and all blue values."""
    rows = np.frombuffer(content, dtype=np.uint8).reshape(-1, 1 + int(np.prod(IMAGE_SHAPE)))
    return rows[:, 1:].reshape(-1, *IMAGE_SHAPE), rows[:, 0].astype(np.int64)
