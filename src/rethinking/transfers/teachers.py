"""Train teachers, and for each one pairs that differ from it in one aspect only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rethinking.data.dataset import Dataset, load
from rethinking.step.resume import Saver, resumable
from rethinking.training.checkpoint import save_block
from rethinking.training.curve import write_curve
from rethinking.training.data import TrainingData, build_for
from rethinking.training.device import use_device
from rethinking.training.fit import fit_members
from rethinking.training.inputs import network_inputs
from rethinking.training.networks import check_network
from rethinking.training.recipe import steps_in_epoch
from rethinking.transfers.images import scale_images, teacher_images, teacher_labels
from rethinking.transfers.members import Teacher, teachers
from rethinking.transfers.specs import TeachersSpec

# The largest number of test images in the learning curves of teachers: on synthetic images their
# accuracy is at chance anyway.
FOLLOWED = 100


def train_teachers(
    dataset: Path, weights: Path, info: Path, curve: Path, resume: Path, spec: TeachersSpec
) -> dict[str, float]:
    """Train and write a block of teachers; continue after a kill of an earlier attempt.

    The networks are in the order of ``rethinking.transfers.members.teachers``; the seeds of
    learning curves count from 0 in this order. The job's record gets the seconds of all attempts.
    """

    def make(saver: Saver) -> None:
        _train(load(dataset), weights, info, curve, saver, spec)

    return resumable(resume, {"weights": weights, "info": info, "curve": curve}, make)


def build_teacher(dataset: Dataset, spec: TeachersSpec, teacher: Teacher) -> nn.Module:
    """The initialised network of a teacher."""
    return build_for(dataset, spec.model, None, teacher.initialisation)


def as_inputs(dataset: Dataset, spec: TeachersSpec, images: Any, device: torch.device) -> Tensor:
    """Scale images N×C×H×W as those of the teacher's kind."""
    scale = scale_images(dataset, spec.images)
    return network_inputs(images, scale, spec.recipe.scaling, None, device)


def labels_of(dataset: Dataset, spec: TeachersSpec, teacher: Teacher) -> tuple[Any, Any]:
    """The labels of a teacher's training images and of its test images."""
    other = teacher.variant == "new_labels"
    return teacher_labels(dataset, spec.images, spec.n1, spec.tests, teacher.seed, other=other)


def _train(
    dataset: Dataset, weights: Path, info: Path, curve: Path, saver: Saver, spec: TeachersSpec
) -> None:
    device = use_device(spec.compute)
    members = teachers(spec)
    networks = [build_teacher(dataset, spec, teacher) for teacher in members]
    check_network(networks[0], dataset.image_shape, dataset.classes, spec.model.name)
    networks = [network.to(device) for network in networks]
    splits = [
        teacher_images(dataset, spec.images, spec.n1, spec.tests, seed) for seed in spec.seeds
    ]
    labels = [labels_of(dataset, spec, teacher) for teacher in members]

    def inputs(sets: Sequence[Any]) -> Tensor:
        return torch.stack([as_inputs(dataset, spec, images, device) for images in sets])

    def classes(sets: Sequence[Any]) -> Tensor:
        return torch.stack([torch.from_numpy(each) for each in sets]).to(device)

    data = TrainingData(
        train_images=inputs([split.train for split in splits]),
        train_labels=classes([train for train, _ in labels]),
        test_images=inputs([split.test[:FOLLOWED] for split in splits]),
        test_labels=classes([test[:FOLLOWED] for _, test in labels]),
        sets=[spec.seeds.index(teacher.seed) for teacher in members],
    )
    trained, epochs = fit_members(
        networks,
        data.part,
        spec.recipe,
        range(len(members)),
        [teacher.initialisation for teacher in members],
        saver,
        precision=getattr(torch, spec.compute.precision),
        compiled=spec.compute.compiled,
    )
    write_curve(curve, epochs)
    about = {"images": spec.images, "epoch_steps": steps_in_epoch(spec.recipe, spec.n1)}
    save_block(weights, info, trained, about)
