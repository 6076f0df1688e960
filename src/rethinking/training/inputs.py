"""From stored pixels to the inputs of a network."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rethinking.errors import InputError

LARGEST_BYTE = 255
# From N×C×H×W in [0, 255] to inputs, float32.
Scaling = Callable[[Tensor], Tensor]


def per_image(_train_images: Tensor) -> Scaling:
    """Whiten each image by itself (Zhang et al., 2017, §A: ``per_image_standardization``).

    The map subtracts the image's mean and divides by its standard deviation, at least 1/√(C·H·W)
    for pixels in [0, 1].
    """

    def whiten(images: Tensor) -> Tensor:
        unit = images.float() / LARGEST_BYTE
        spread, mean = torch.std_mean(unit, dim=(1, 2, 3), correction=0, keepdim=True)
        return (unit - mean) / spread.clamp_min(unit[0].numel() ** -0.5)

    return whiten


def per_dataset(train_images: Tensor) -> Scaling:
    """One affine map for the whole data set, so that one changed pixel changes one input.

    The mean and standard deviation of the training images, N×C×H×W, become 0 and 1.
    """
    spread, mean = torch.std_mean(train_images.float(), correction=0)
    return lambda images: (images.float() - mean) / spread


# Functions from training images in [0, 255] to the map from such images to inputs.
SCALINGS = {"per_image": per_image, "per_dataset": per_dataset}


def centre_crop(images: NDArray[Any], side: int | None) -> NDArray[Any]:
    """Cut the square in the middle out of N×C×H×W images (Zhang et al., 2017, §A: 28×28 of 32×32).

    ``side`` is its side in pixels, or None for whole images. Smaller images raise InputError.
    """
    if side is None:
        return images
    height, width = images.shape[2:]
    if side > min(height, width):
        raise InputError(
            f"config: crop: {side} pixels a side cannot be cut out of {height}×{width}; lower it"
        )
    top, left = (height - side) // 2, (width - side) // 2
    return images[:, :, top : top + side, left : left + side]


def network_inputs(
    images: NDArray[Any],
    train_images: NDArray[Any],
    scaling: str,
    crop: int | None,
    device: torch.device,
) -> Tensor:
    """Crop (:func:`centre_crop`) and scale images, N×C×H×W in [0, 255], to float32 on the device.

    The scaling is a key of :data:`SCALINGS`, and depends on the training images of the data set.
    """
    scale = SCALINGS[scaling](on_device(centre_crop(train_images, crop), device))
    return scale(on_device(centre_crop(images, crop), device))


def on_device(images: NDArray[Any], device: torch.device) -> Tensor:
    """Stored images as a tensor on a device."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device)
