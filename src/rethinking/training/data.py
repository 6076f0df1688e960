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
    """All that the members of a block see.

    Attributes:
        train_images: sets×N×C×H×W. One set is shared by all members; of as many sets as members
            each has its own; else ``sets`` says which member has which.
        train_labels: members×N, or members×N×classes for probabilities.
        test_images: sets×M×C×H×W.
        test_labels: members×M.
        sets: For each member, the number of its set.
        sizes: For each member, the number of its training images, the first ones; None for all.
        augmented: Where the recipe augments: from rows in the sets of training images, put one
            behind the other, and from moves (``rethinking.training.order.image_moves``), one for
            each row, to inputs.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    sets: Sequence[int] | None = None
    sizes: Sequence[int] | None = None
    augmented: Callable[[Tensor, Tensor], Tensor] | None = None

    def set_of(self, member: int) -> int:
        """The number of a member's set of images."""
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
        """Where images and labels lie, if all sets and all members are put one behind the other.

        Rows of one long table are gathered several times faster than by two indices.

        Args:
            members: Those that train.
            order: members×images, places in their training sets.

        Returns:
            Rows of images and rows of labels, each members×images.
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
        """Gather a batch.

        Args:
            image_rows: members×batch; see :meth:`rows`.
            label_rows: members×batch.
            moves: members×batch×3; None where the recipe does not augment.

        Returns:
            Images, members×batch×C×H×W, and labels, members×batch (×classes).
        """
        shape = image_rows.shape
        if self.augmented is None or moves is None:
            images = self.train_images.flatten(0, 1).index_select(0, image_rows.flatten())
        else:
            images = self.augmented(image_rows.flatten(), moves.flatten(0, 1))
        labels = self.train_labels.flatten(0, 1).index_select(0, label_rows.flatten())
        return images.unflatten(0, shape), labels.unflatten(0, shape)


def build_for(dataset: Dataset, model: ModelSpec, crop: int | None, seed: int) -> nn.Module:
    """Make a network for a data set, with the initial weights of a seed.

    Args:
        dataset: Gives the shape of its inputs and the number of classes.
        model: The architecture.
        crop: As ``rethinking.training.inputs.centre_crop`` takes it.
        seed: The experiment's seed.
    """
    shape = seen_shape(dataset, crop)
    return build_network(model.module, model.options, shape, dataset.classes, seed)


def seen_shape(dataset: Dataset, crop: int | None) -> tuple[int, int, int]:
    """Channels, height and width of what a network sees of an image."""
    channels, height, width = centre_crop(dataset.train_images[:1], crop).shape[1:]
    return channels, height, width


def training_data(
    datasets: Sequence[Dataset], scaling: str, crop: int | None, device: torch.device
) -> TrainingData:
    """Put the data of all members on the device; images that all share only once.

    Args:
        datasets: One for each member.
        scaling: A key of ``rethinking.training.inputs.SCALINGS``.
        crop: As ``rethinking.training.inputs.centre_crop`` takes it.
        device: Where the data will lie.
    """

    def images(split: str) -> Tensor:
        return torch.stack(
            [
                network_inputs(getattr(one, split), one.train_images, scaling, crop, device)
                for one in _distinct(datasets)
            ]
        )

    def labels(split: str) -> Tensor:
        return torch.stack([torch.from_numpy(getattr(one, split)) for one in datasets]).to(device)

    return TrainingData(
        train_images=images("train_images"),
        train_labels=labels("train_labels"),
        test_images=images("test_images"),
        test_labels=labels("test_labels"),
    )


def with_augmentation(
    data: TrainingData, datasets: Sequence[Dataset], recipe: Recipe
) -> TrainingData:
    """Add to training data what makes augmented inputs, where the recipe augments.

    Windows are cut out of the stored images, which are larger than what networks see where the
    recipe crops, and scaled afterwards, as Zhang et al. (2017, §A) do.

    Args:
        data: What :func:`training_data` gives.
        datasets: One for each member; images that all share are held once, as they are stored.
        recipe: How to augment, crop and scale.
    """
    if not recipe.augments:
        return data
    device = data.train_images.device
    stored = [on_device(one.train_images, device) for one in _distinct(datasets)]
    scales = [
        SCALINGS[recipe.scaling](on_device(centre_crop(one.train_images, recipe.crop), device))
        for one in _distinct(datasets)
    ]
    images = with_margin(torch.cat(stored), recipe.crop, recipe.random_crop)
    window = seen_shape(datasets[0], recipe.crop)[1:]

    def augmented(rows: Tensor, moves: Tensor) -> Tensor:
        views = moved(images.index_select(0, rows), moves, window)
        inputs = scales[0](views)
        for place, scale in enumerate(scales[1:], start=1):
            own = rows // len(stored[0]) == place
            # All are scaled and some taken: to pick those first, a GPU would have to wait.
            inputs = torch.where(own[:, None, None, None], scale(views), inputs)
        return inputs

    return replace(data, augmented=augmented)


def _distinct(datasets: Sequence[Dataset]) -> Sequence[Dataset]:
    """One data set for each set of images: only the first if all share its images."""
    first = datasets[0]
    shared = all(one.train_images is first.train_images for one in datasets)
    return [first] if shared else datasets
