"""Fashion-MNIST (Xiao et al., 2017): 70,000 pieces of clothing, 28×28, ten classes."""

from pathlib import Path

from torchvision.datasets import FashionMNIST

from rethinking.data.dataset import Dataset
from rethinking.data.idx import load_idx
from rethinking.names.options import Count

IMAGE_SHAPE = (1, 28, 28)
TRAIN_IMAGES = 60_000
ARCHIVES = {
    "train-images-idx3-ubyte.gz": {
        "sha256": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "urls": [
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
        ],
    },
    "train-labels-idx1-ubyte.gz": {
        "sha256": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "urls": [
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-labels-idx1-ubyte.gz",
        ],
    },
    "t10k-images-idx3-ubyte.gz": {
        "sha256": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "urls": [
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-images-idx3-ubyte.gz",
        ],
    },
    "t10k-labels-idx1-ubyte.gz": {
        "sha256": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        "urls": [
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
        ],
    },
}


def load(
    *, archives: str, train_images: Count | None = None, test_images: Count | None = None
) -> Dataset:
    """Load Fashion-MNIST: 60,000 images for training, 10,000 for testing, as published.

    Args:
        archives: The folder that holds the archives.
        train_images: Keep this many training images (all by default), a fixed random subset.
        test_images: The same for test images.
    """
    return load_idx(Path(archives), ARCHIVES, FashionMNIST.classes, train_images, test_images)
