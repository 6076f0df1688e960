"""MNIST (LeCun et al., 1998): 70,000 handwritten digits, 28×28, ten classes."""

from pathlib import Path

from rethinking.data.dataset import Dataset
from rethinking.data.idx import load_idx
from rethinking.names.options import Count

IMAGE_SHAPE = (1, 28, 28)
TRAIN_IMAGES = 60_000
ARCHIVES = {
    "train-images-idx3-ubyte.gz": {
        "sha256": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "urls": [
            "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
            "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
        ],
    },
    "train-labels-idx1-ubyte.gz": {
        "sha256": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "urls": [
            "https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz",
            "https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz",
        ],
    },
    "t10k-images-idx3-ubyte.gz": {
        "sha256": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "urls": [
            "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz",
            "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-images-idx3-ubyte.gz",
        ],
    },
    "t10k-labels-idx1-ubyte.gz": {
        "sha256": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "urls": [
            "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
            "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
        ],
    },
}
CLASS_NAMES = tuple("0123456789")


def load(
    *, archives: str, train_images: Count | None = None, test_images: Count | None = None
) -> Dataset:
    """Load MNIST: 60,000 images for training, 10,000 for testing, as published.

    Args:
        archives: The folder that holds the archives.
        train_images: Keep this many training images (all by default), a fixed random subset.
        test_images: The same for test images.
    """
    return load_idx(Path(archives), ARCHIVES, CLASS_NAMES, train_images, test_images)
