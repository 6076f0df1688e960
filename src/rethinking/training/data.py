"""Training and test data of a block of networks, resident on the device."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from rethinking.data.dataset import Dataset
from rethinking.names.specs import ModelSpec
from rethinking.training.augmentation import moved, with_margin
from rethinking.training.inputs import SCALINGS, centre_crop, network_inputs, on_device
from rethinking.training.networks import build_network
from rethinking.training.recipe import Recipe


@dataclass(frozen=True)
class TrainingData:
    """The images and labels of the members of a block."""

    # sets×N×C×H×W. Members have the sets in ``sets``; without these, either one set is shared by
    # all members, or each member has its own.
    train_images: Tensor
    train_labels: Tensor  # members×N, or members×N×classes for probabilities
    test_images: Tensor  # sets×M×C×H×W
    test_labels: Tensor  # members×M
    sets: Sequence[int] | None = None  # the index of each member's set
    # The number of each member's training images, which come first in its set; None for all.
    sizes: Sequence[int] | None = None
    # If the recipe augments: from rows of training images, with all sets in one table, and from a
    # move of each (``rethinking.training.order.image_moves``), to inputs.
    augmented: Callable[[Tensor, Tensor], Tensor] | None = None

    def set_of(self, member: int) -> int:
        """The index of a member's set of images."""
        if self.sets is not None:
            return self.sets[member]
        return member if len(self.train_images) > 1 else 0

    def size_of(self, member: int) -> int:
        """The number of a member's training images."""
        return self.train_labels.shape[1] if self.sizes is None else self.sizes[member]

    def part(self, members: slice) -> "TrainingData":
        """The data of some members."""
        chosen = range(len(self.train_labels))[members]
        return replace(
            self,
            train_labels=self.train_labels[members],
            test_labels=self.test_labels[members],
            sets=[self.set_of(member) for member in chosen],
            sizes=[self.size_of(member) for member in chosen],
        )

    def rows(self, members: Sequence[int], order: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of images and rows of labels, each members×images, in the tables of all members.

        The order, members×images, has indices in the training sets of the members that train. The
        rows of one long table are gathered several times faster than by two indices.
        """
        sets = torch.tensor([self.set_of(member) for member in members], device=order.device)
        own = torch.tensor(members, device=order.device)
        return (
            sets[:, None] * self.train_images.shape[1] + order,
            own[:, None] * self.train_labels.shape[1] + order,
        )

    def batch(
        self, image_rows: Tensor, label_rows: Tensor, moves: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Gather images, members×batch×C×H×W, and labels, members×batch (×classes).

        The rows, each members×batch, come from :meth:`rows`. The moves are members×batch×3, or None
        if the recipe does not augment.
        """
        shape = image_rows.shape
        if self.augmented is None or moves is None:
            images = self.train_images.flatten(0, 1).index_select(0, image_rows.flatten())
        else:
            images = self.augmented(image_rows.flatten(), moves.flatten(0, 1))
        labels = self.train_labels.flatten(0, 1).index_select(0, label_rows.flatten())
        return images.unflatten(0, shape), labels.unflatten(0, shape)


def build_for(dataset: Dataset, model: ModelSpec, crop: int | None, seed: int) -> nn.Module:
    """Build a network for the cropped images of a data set, with the initial weights of a seed."""
    shape = seen_shape(dataset, crop)
    return build_network(model.module, model.options, shape, dataset.classes, seed)


def seen_shape(dataset: Dataset, crop: int | None) -> tuple[int, int, int]:
    """Channels, height and width of a network's view of an image."""
    channels, height, width = centre_crop(dataset.train_images[:1], crop).shape[1:]
    return channels, height, width


def training_data(
    datasets: Sequence[Dataset], scaling: str, crop: int | None, device: torch.device
) -> TrainingData:
    """Put the data of all members, one data set for each, on the device, scaled and cropped.

    Images that all members share are there once. See ``rethinking.training.inputs``.
    """
    distinct = _distinct(datasets)

    def images(split: str) -> Tensor:
        inputs = [
            network_inputs(getattr(dataset, split), dataset.train_images, scaling, crop, device)
            for dataset in distinct
        ]
        return torch.stack(inputs)

    def labels(split: str) -> Tensor:
        return torch.stack([torch.from_numpy(getattr(each, split)) for each in datasets]).to(device)

    return TrainingData(
        train_images=images("train_images"),
        train_labels=labels("train_labels"),
        test_images=images("test_images"),
        test_labels=labels("test_labels"),
    )


def with_augmentation(
    data: TrainingData, datasets: Sequence[Dataset], recipe: Recipe
) -> TrainingData:
    """Add the function for augmented inputs to :func:`training_data`, if the recipe augments.

    Windows are cut out of the stored images, which are larger than the crops that networks see, and
    scaled afterwards, as Zhang et al. (2017, §A) do.
    """
    if not recipe.augments:
        return data
    device = data.train_images.device
    sets = [dataset.train_images for dataset in _distinct(datasets)]
    stored = [on_device(images, device) for images in sets]
    scales = [
        SCALINGS[recipe.scaling](on_device(centre_crop(images, recipe.crop), device))
        for images in sets
    ]
    images = with_margin(torch.cat(stored), recipe.crop, recipe.random_crop)
    window = seen_shape(datasets[0], recipe.crop)[1:]

    def augmented(rows: Tensor, moves: Tensor) -> Tensor:
        views = moved(images.index_select(0, rows), moves, window)
        inputs = scales[0](views)
        for index, scale in enumerate(scales[1:], start=1):
            own = rows // len(stored[0]) == index
            # All views are scaled, and some chosen: choosing first would make a GPU wait.
            inputs = torch.where(own[:, None, None, None], scale(views), inputs)
        return inputs

    return replace(data, augmented=augmented)


def _distinct(datasets: Sequence[Dataset]) -> Sequence[Dataset]:
    """One data set for each set of images: only the first one if all share its images."""
    first = datasets[0]
    shared = all(dataset.train_images is first.train_images for dataset in datasets)
    return [first] if shared else datasets
