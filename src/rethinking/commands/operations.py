"""The number of operations of training, counted without training."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import torch
from torch.utils.flop_counter import FlopCounterMode

from rethinking.names.specs import ModelSpec
from rethinking.networks.specs import MeasureSpec, TrainSpec
from rethinking.training.networks import build_network
from rethinking.training.recipe import Recipe, images_in_epoch
from rethinking.transfers.members import students, teachers
from rethinking.transfers.specs import StudentsSpec, TeachersSpec

CLASSES = 10
# The batch of the pass that is counted; BatchNorm needs more than one image.
IMAGES = 16


def training_operations(model: ModelSpec, shape: tuple[int, int, int]) -> float:
    """Count the floating-point operations of training a network on one image, once.

    Two for each multiply-add of products and convolutions, forwards and backwards; a forward pass
    alone takes a third.

    Args:
        model: The network.
        shape: Channels, height and width of its input.
    """
    return _counted(model.module, json.dumps(model.options, sort_keys=True), shape)


@cache
def _counted(module: str, options: str, shape: tuple[int, int, int]) -> float:
    # Tensors on this device have shapes but no values, so that nothing is computed.
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = build_network(module, json.loads(options), shape, CLASSES, seed=0)
        network(torch.zeros(IMAGES, *shape)).sum().backward()
    return float(counter.get_total_flops() / IMAGES)


def job_operations(
    rule: str, spec: Mapping[str, Any], shape: tuple[int, int, int], train_images: int
) -> float | None:
    """Count the operations of a job that trains or measures networks; None for other jobs.

    Networks that stop when they interpolate are counted to the end of their budget. For a measure
    the number is only proportional to its operations.

    Args:
        rule: The rule of the job.
        spec: The spec of the job.
        shape: Channels, height and width of the images.
        train_images: The number of training images.
    """
    match rule:
        case "train":
            train = msgspec.convert(spec, TrainSpec)
            each = training_operations(train.model, _seen(shape, train.recipe.crop))
            return each * _images(train.recipe, train_images) * len(train.seeds)
        case "teachers":
            group = msgspec.convert(spec, TeachersSpec)
            each = training_operations(group.model, shape)
            return each * _images(group.recipe, group.n1) * len(teachers(group))
        case "students":
            block = msgspec.convert(spec, StudentsSpec)
            networks = sum(student.learner == "network" for student in students(block))
            each = training_operations(block.model, shape)
            return each * _images(block.recipe, max(block.n2)) * networks
        case "measure":
            measure = msgspec.convert(spec, MeasureSpec)
            if measure.model is not None:
                each = training_operations(measure.model, _seen(shape, measure.crop))
                networks = len(measure.seeds) * len(measure.conditions)
                return each * _points(measure.options) * networks
    return None


def _seen(shape: tuple[int, int, int], crop: int | None) -> tuple[int, int, int]:
    return shape if crop is None else (shape[0], crop, crop)


def _images(recipe: Recipe, train_images: int) -> int:
    """The number of images that a network sees until the end of its budget."""
    return recipe.max_epochs * images_in_epoch(recipe, train_images)


def _points(options: Mapping[str, int]) -> int:
    """The number of images at which a measure evaluates a network, up to a constant factor."""
    paths = options.get("path_count", 0) * options.get("path_points", 0)
    planes = options.get("plane_count", 0) * options.get("plane_points", 0) ** 2
    return options.get("images", 0) + paths + planes or 1
