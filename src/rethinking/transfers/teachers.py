"""Train teachers, and beside each those that differ from it in one thing only."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rethinking.data.dataset import Dataset, load
from rethinking.files import digest
from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver, lease
from rethinking.training.checkpoint import save_block
from rethinking.training.device import use_device
from rethinking.training.fit import Epoch, Recipe, Trained, TrainingData, steps_in_epoch
from rethinking.training.inputs import network_inputs
from rethinking.training.members import fit_members
from rethinking.training.networks import build_network, check_network
from rethinking.transfers.images import scale_images, teacher_images, teacher_labels

log = logging.getLogger(__name__)

TRAINED = "trained"
# On the same images and labels from another initialisation; on the same images from the same
# initialisation with other labels.
PAIRS = ("new_initialisation", "new_labels")
# Test images, at most, on which learning curves follow teachers: of made-up images their accuracy
# is at chance anyway.
FOLLOWED = 100


@dataclass(frozen=True)
class Teacher:
    """A teacher before it is trained.

    Attributes:
        seed: Of its images.
        variant: :data:`TRAINED`, or one of :data:`PAIRS`.
    """

    seed: int
    variant: str = TRAINED

    @property
    def initialisation(self) -> int:
        """The seed of its initial weights and of the order of its images."""
        if self.variant == "new_initialisation":
            return derive_seed(self.seed, "another initialisation")
        return self.seed


def teachers(spec: Mapping[str, Any]) -> list[Teacher]:
    """All teachers of a job, variant by variant; read are ``seeds`` and ``pairs``."""
    variants = (TRAINED, *PAIRS) if spec["pairs"] else (TRAINED,)
    return [Teacher(seed, variant) for variant in variants for seed in spec["seeds"]]


def train_teachers(
    dataset: Path, weights: Path, info: Path, curve: Path, resume: Path, spec: Mapping[str, Any]
) -> dict[str, Any]:
    """Train a block of teachers and write it, going on from where an attempt was killed.

    Args:
        dataset: The uncorrupted data.
        weights: Where to write the networks, in the order of :func:`teachers`.
        info: Where to write how training ended.
        curve: Where to write the learning curves, whose seeds count from 0 in that order.
        resume: The folder in which runs that are under way keep their states.
        spec: The job's spec; read here are ``seeds``, ``pairs``, ``dataset``, ``images``, ``n1``,
            ``tests``, ``model``, ``recipe``, ``device``, ``threads``, ``precision``.

    Returns:
        What the job's record is to say: the seconds of all attempts together.

    Raises:
        InputError: A file is damaged, the device is not there, or images are too few.
    """
    saver = Saver(resume / digest(spec)[:16])
    files = {"weights": weights, "info": info, "curve": curve}
    with lease(weights.with_name(f".{weights.stem}.lease")):
        if saver.finished(files):
            log.info("an earlier attempt had finished these teachers")
        else:
            with saver.listening():
                trained, epochs = _train(load(dataset), spec, saver)
            about = {"images": spec["images"], "epoch_steps": epoch_steps(spec)}
            save_block(weights, info, curve, trained, epochs, about)
            saver.finish(files)
    return {"seconds_of_all_attempts": round(saver.seconds, 2)}


def epoch_steps(spec: Mapping[str, Any]) -> int:
    """Steps in an epoch of teachers; read are ``recipe`` and ``n1``."""
    recipe = spec["recipe"]
    return steps_in_epoch(spec["n1"], recipe["batch_size"], recipe.get("epoch_steps"))


def build_teacher(dataset: Dataset, spec: Mapping[str, Any], teacher: Teacher) -> nn.Module:
    """A teacher as it is initialised; read are ``model.module`` and ``model.options``."""
    model = spec["model"]
    return build_network(
        model["module"],
        model["options"],
        dataset.image_shape,
        dataset.classes,
        teacher.initialisation,
    )


def as_inputs(
    dataset: Dataset, spec: Mapping[str, Any], images: Any, device: torch.device
) -> Tensor:
    """Scale images as a teacher's kind wants it; read are ``images`` and ``recipe.scaling``."""
    scale = scale_images(dataset, spec["images"])
    return network_inputs(images, scale, spec["recipe"]["scaling"], None, device)


def labels_of(dataset: Dataset, spec: Mapping[str, Any], teacher: Teacher) -> tuple[Any, Any]:
    """A teacher's labels, of its training and of its test images."""
    other = teacher.variant == "new_labels"
    sizes = spec["n1"], spec["tests"]
    return teacher_labels(dataset, spec["images"], *sizes, teacher.seed, other=other)


def _train(
    dataset: Dataset, spec: Mapping[str, Any], saver: Saver
) -> tuple[list[Trained], list[Epoch]]:
    device = use_device(spec["device"], spec["threads"], spec["precision"])
    members = teachers(spec)
    networks = [build_teacher(dataset, spec, one) for one in members]
    check_network(networks[0], dataset.image_shape, dataset.classes, spec["model"]["name"])
    networks = [network.to(device) for network in networks]
    splits = [
        teacher_images(dataset, spec["images"], spec["n1"], spec["tests"], seed)
        for seed in spec["seeds"]
    ]
    labels = [labels_of(dataset, spec, one) for one in members]
    data = TrainingData(
        train_images=_stacked(dataset, spec, [split.train for split in splits], device),
        train_labels=torch.stack([torch.from_numpy(train) for train, _ in labels]).to(device),
        test_images=_stacked(dataset, spec, [split.test[:FOLLOWED] for split in splits], device),
        test_labels=torch.stack([torch.from_numpy(test[:FOLLOWED]) for _, test in labels]).to(
            device
        ),
        sets=[spec["seeds"].index(one.seed) for one in members],
    )
    recipe = Recipe(**{key: value for key, value in spec["recipe"].items() if key != "name"})
    initialisations = [one.initialisation for one in members]
    return fit_members(
        networks,
        data.part,
        recipe,
        range(len(members)),
        initialisations,
        saver,
        precision=getattr(torch, spec["precision"]),
        compiled=spec["compile"],
    )


def _stacked(
    dataset: Dataset, spec: Mapping[str, Any], sets: Sequence[Any], device: torch.device
) -> Tensor:
    return torch.stack([as_inputs(dataset, spec, images, device) for images in sets])
