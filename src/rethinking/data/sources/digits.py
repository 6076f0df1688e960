"""The handwritten digits of scikit-learn: 1,797 images, 8×8, ten classes."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from rethinking.data.dataset import Dataset
from rethinking.data.subset import subset_indices
from rethinking.names.options import Count

IMAGE_SHAPE = (1, 8, 8)
TRAIN_IMAGES = 1_437
LARGEST_PIXEL = 16


def load(*, train_images: Count | None = None, test_images: Count | None = None) -> Dataset:
    """Load the digits, 80 % for training, stratified by class, the same split always.

    Args:
        train_images: Keep this many of the 1,437 training images (all by default).
        test_images: Keep this many of the 360 test images (all by default).
    """
    digits = load_digits()
    images = np.rint(digits.images * (255 / LARGEST_PIXEL)).astype(np.uint8)[:, None]
    labels = digits.target.astype(np.int64)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=0.2, stratify=labels, random_state=0
    )
    train = train[subset_indices(len(train), train_images, "training images of digits")]
    test = test[subset_indices(len(test), test_images, "test images of digits")]
    return Dataset(
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        class_names=tuple(str(name) for name in digits.target_names),
    )
