"""How many operations it takes to train networks, counted without training any."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from rethinking.training.networks import build_network
from rethinking.transfers.students import students
from rethinking.transfers.teachers import teachers

CLASSES = 10
# In the pass in which operations are counted; BatchNorm needs more than one image.
IMAGES = 16


def training_operations(model: Mapping[str, Any], shape: tuple[int, int, int]) -> float:
    """Floating-point operations of training a network on one image, once.

    Two for each multiply-add of its products and convolutions, forwards and backwards; a forward
    pass alone takes a third.

    Args:
        model: Of a job's spec.
        shape: Channels, height and width of what it sees.
    """
    return _counted(model["module"], json.dumps(model["options"], sort_keys=True), shape)


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
    """Operations of a job whose time follows from a network's; None of others.

    Networks that stop when they interpolate are counted to the end of their budget. Of measures it
    is a number that their operations are proportional to.

    Args:
        rule: Its rule.
        spec: Its spec.
        shape: Channels, height and width of the images.
        train_images: How many there are.
    """
    if "model" not in spec:
        return None
    recipe = spec.get("recipe", {})
    side = recipe.get("crop")
    each = training_operations(spec["model"], (shape[0], side, side) if side else shape)
    match rule:
        case "train":
            return float(each * recipe["max_epochs"] * train_images * len(spec["seeds"]))
        case "teachers" | "students":
            networks = (
                teachers(spec)
                if rule == "teachers"
                else [one for one in students(spec) if one.learner == "network"]
            )
            images = recipe["max_epochs"] * recipe["epoch_steps"] * recipe["batch_size"]
            return float(each * images * len(networks))
        case "measure":
            measured = len(spec["seeds"]) * len(spec["conditions"])
            return each * _points(spec["options"]) * measured
    return None


def _points(options: Mapping[str, int]) -> int:
    """At how many images a measure evaluates a network, up to a factor of its own."""
    paths = options.get("path_count", 0) * options.get("path_points", 0)
    planes = options.get("plane_count", 0) * options.get("plane_points", 0) ** 2
    return options.get("images", 0) + paths + planes or 1
