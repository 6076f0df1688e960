"""Data sets in the format of MNIST, four gzipped IDX files."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor
from torchvision.datasets.utils import extract_archive

from rethinking.data.archives import Archives, check_archives
from rethinking.data.dataset import Dataset
from rethinking.data.subset import subset_indices


def load_idx(
    folder: Path,
    archives: Archives,
    class_names: Sequence[str],
    train_images: int | None,
    test_images: int | None,
) -> Dataset:
    """Load a data set in the format of MNIST.

    The archives are images and labels for training, then images and labels for testing. Of each
    set, a fixed random subset with so many images is kept, or all (None).
    """
    arrays = [_read(archive) for archive in check_archives(folder, archives)]
    train = subset_indices(len(arrays[0]), train_images, f"training images in {folder}")
    test = subset_indices(len(arrays[2]), test_images, f"test images in {folder}")
    return Dataset(
        train_images=arrays[0][train][:, None],
        train_labels=arrays[1][train].astype(np.int64),
        test_images=arrays[2][test][:, None],
        test_labels=arrays[3][test].astype(np.int64),
        class_names=tuple(class_names),
    )


def _read(archive: Path) -> NDArray[np.uint8]:
    with tempfile.TemporaryDirectory() as folder:
        values: NDArray[np.uint8] = read_sn3_pascalvincent_tensor(
            extract_archive(str(archive), folder)
        ).numpy()
    return values
