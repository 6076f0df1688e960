"""Train the networks of a block on the data of their seeds."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rethinking.data.dataset import Dataset, load
from rethinking.files import digest
from rethinking.step.resume import Saver, lease
from rethinking.training.augmentation import moved, with_margin
from rethinking.training.checkpoint import save_block
from rethinking.training.device import use_device
from rethinking.training.fit import Epoch, Recipe, Trained, TrainingData
from rethinking.training.inputs import SCALINGS, centre_crop, network_inputs, on_device
from rethinking.training.members import fit_members
from rethinking.training.networks import build_network, check_network

log = logging.getLogger(__name__)


def train_block(
    dataset: Path,
    corrupted: Sequence[Path],
    weights: Path,
    info: Path,
    curve: Path,
    resume: Path,
    spec: Mapping[str, Any],
) -> dict[str, Any]:
    """Train a block and write it, going on from where an earlier attempt was killed.

    Args:
        dataset: The uncorrupted data.
        corrupted: For each seed, what its condition changes.
        weights: Where to write the networks.
        info: Where to write how training ended.
        curve: Where to write the learning curves.
        resume: The folder in which runs that are under way keep their states.
        spec: The job's spec; read here are ``seeds``, ``dataset``, ``condition``, ``model``,
            ``recipe``, ``device``, ``threads``, ``precision``, ``compile``.

    Returns:
        What the job's record is to say: the seconds of all attempts together.

    Raises:
        InputError: A file is damaged or the device is not there.
    """
    saver = Saver(resume / digest(spec)[:16])
    files = {"weights": weights, "info": info, "curve": curve}
    with lease(weights.with_name(".lease")):
        if saver.finished(files):
            log.info("an earlier attempt had finished this run")
        else:
            with saver.listening():
                parameters, trained, epochs = _train(dataset, corrupted, spec, saver)
            setting = {
                "dataset": spec["dataset"]["name"],
                "condition": spec["condition"],
                "model": spec["model"]["name"],
                "recipe": spec["recipe"]["name"],
                "precision": spec["precision"],
                "parameters": parameters,
            }
            save_block(weights, info, curve, trained, epochs, setting)
            saver.finish(files)
    return {"seconds_of_all_attempts": round(saver.seconds, 2)}


def _train(
    dataset: Path, corrupted: Sequence[Path], spec: Mapping[str, Any], saver: Saver
) -> tuple[int, list[Trained], list[Epoch]]:
    device = use_device(spec["device"], spec["threads"], spec["precision"])
    recipe = Recipe(**{key: value for key, value in spec["recipe"].items() if key != "name"})
    base = load(dataset)
    seeds = spec["seeds"]
    networks = [build_for(base, spec, seed) for seed in seeds]
    shape = seen_shape(base, recipe.crop)
    check_network(networks[0], shape, base.classes, spec["model"]["name"])
    parameters = sum(weights.numel() for weights in networks[0].parameters())
    networks = [network.to(device) for network in networks]
    datasets = [load(path, base) for path in corrupted]

    def data(part: slice) -> TrainingData:
        found = training_data(datasets[part], recipe.scaling, recipe.crop, device)
        if not recipe.augments:
            return found
        return replace(found, augmented=augmentation(datasets[part], recipe, device))

    trained, epochs = fit_members(
        networks,
        data,
        recipe,
        seeds,
        seeds,
        saver,
        precision=getattr(torch, spec["precision"]),
        compiled=spec["compile"],
    )
    return parameters, trained, epochs


def augmentation(
    datasets: Sequence[Dataset], recipe: Recipe, device: torch.device
) -> Callable[[Tensor, Tensor], Tensor]:
    """What makes augmented inputs, as ``TrainingData.augmented`` describes it.

    Windows are cut out of the stored images, which are larger than what networks see where the
    recipe crops, and scaled afterwards, as Zhang et al. (2017, §A) do.

    Args:
        datasets: One for each member; images that all share are held once, as they are stored.
        recipe: How to augment, crop and scale.
        device: Where to.
    """
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

    return augmented


def _distinct(datasets: Sequence[Dataset]) -> Sequence[Dataset]:
    """One data set for each set of images: only the first if all share its images."""
    first = datasets[0]
    shared = all(one.train_images is first.train_images for one in datasets)
    return [first] if shared else datasets


def build_for(dataset: Dataset, spec: Mapping[str, Any], seed: int) -> nn.Module:
    """Make a network for a data set.

    Args:
        dataset: What it is to classify.
        spec: A job's spec; read here are ``model`` and ``recipe.crop``.
        seed: Of the network.
    """
    return build_network(
        spec["model"]["module"],
        spec["model"]["options"],
        seen_shape(dataset, spec["recipe"]["crop"]),
        dataset.classes,
        seed,
    )


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
        device: Where to.
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
