"""The number of operations of training networks, counted without training any."""

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
# In the pass in which operations are counted; BatchNorm needs more than one image.
IMAGES = 16


def training_operations(model: ModelSpec, shape: tuple[int, int, int]) -> float:
    """Floating-point operations of training a network on one image, once.

    Two for each multiply-add of its products and convolutions, forwards and backwards; a forward
    pass alone takes a third.

    Args:
        model: The network.
        shape: Channels, height and width of what it sees.
    """
    return _counted(model.module, json.dumps(model.options, sort_keys=True), shape)


@cache
def _counted(module: str, options: str, shape: tuple[int, int, int]) -> float:
    # Tensors on this device have shapes and no values, so that nothing is computed.
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = build_network(module, json.loads(options), shape, CLASSES, seed=0)
        network(torch.zeros(IMAGES, *shape)).sum().backward()
    return float(counter.get_total_flops() / IMAGES)


def job_operations(
    rule: str, spec: Mapping[str, Any], shape: tuple[int, int, int], train_images: int
) -> float | None:
    """The operations of a job whose time follows from a network's; None of other jobs.

    Networks that stop when they interpolate are counted to the end of their budget. Of a measure
    the number is only proportional to its operations.

    Args:
        rule: Its rule.
        spec: Its spec.
        shape: Channels, height and width of the images.
        train_images: How many there are.
    """
    match rule:
        case "train":
            train = msgspec.convert(spec, TrainSpec)
            each = training_operations(train.model, _seen(shape, train.recipe.crop))
            return each * _images(train.recipe, train_images) * len(train.seeds)
        case "teachers":
            of = msgspec.convert(spec, TeachersSpec)
            each = training_operations(of.model, shape)
            return each * _images(of.recipe, of.n1) * len(teachers(of))
        case "students":
            block = msgspec.convert(spec, StudentsSpec)
            networks = [one for one in students(block) if one.learner == "network"]
            each = training_operations(block.model, shape)
            return each * _images(block.recipe, max(block.n2)) * len(networks)
        case "measure":
            measure = msgspec.convert(spec, MeasureSpec)
            if measure.model is not None:
                each = training_operations(measure.model, _seen(shape, measure.crop))
                networks_measured = len(measure.seeds) * len(measure.conditions)
                return each * _points(measure.options) * networks_measured
    return None


def _seen(shape: tuple[int, int, int], crop: int | None) -> tuple[int, int, int]:
    return shape if crop is None else (shape[0], crop, crop)


def _images(recipe: Recipe, train_images: int) -> int:
    """The images that a network sees until the end of its budget."""
    return recipe.max_epochs * images_in_epoch(recipe, train_images)


def _points(options: Mapping[str, int]) -> int:
    """The number of images at which a measure evaluates a network, up to a constant factor."""
    paths = options.get("path_count", 0) * options.get("path_points", 0)
    planes = options.get("plane_count", 0) * options.get("plane_points", 0) ** 2
    return options.get("images", 0) + paths + planes or 1
