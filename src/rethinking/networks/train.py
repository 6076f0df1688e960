"""Train the networks of a block on the data of their seeds, and measure their accuracy."""

import math
from pathlib import Path
from typing import Any

import torch

from rethinking.data.corrupt import find_corrupted, load_corrupted
from rethinking.data.dataset import load
from rethinking.measures import accuracy
from rethinking.measures.helpers.metric import Metric
from rethinking.networks.metrics import metrics_of_network
from rethinking.networks.specs import TrainSpec
from rethinking.step.resume import Saver, resumable
from rethinking.training.checkpoint import save_block
from rethinking.training.curve import write_curve
from rethinking.training.data import (
    TrainingData,
    build_for,
    seen_shape,
    training_data,
    with_augmentation,
)
from rethinking.training.device import use_device
from rethinking.training.fit import fit_members
from rethinking.training.networks import check_network


def train_block(
    dataset: Path,
    corrupted: list[Path],
    weights: Path,
    info: Path,
    curve: Path,
    resume: Path,
    spec: TrainSpec,
) -> dict[str, float]:
    """Train and write a block; continue after a kill of an earlier attempt.

    ``corrupted`` are blocks with the corrupted arrays of each seed. ``info`` gets the outcome of
    training and the accuracies, which are measured here because network and data are loaded. The
    job's record gets the seconds of all attempts.
    """
    files = {"weights": weights, "info": info, "curve": curve}

    def make(saver: Saver) -> None:
        _train(dataset, corrupted, files, saver, spec)

    return resumable(resume, files, make)


def _train(
    dataset: Path, corrupted: list[Path], files: dict[str, Path], saver: Saver, spec: TrainSpec
) -> None:
    compute, recipe = spec.compute, spec.recipe
    device = use_device(compute)
    base = load(dataset)
    blocks = find_corrupted(corrupted)
    datasets = [load_corrupted(blocks[spec.condition, seed], base, seed) for seed in spec.seeds]
    networks = [build_for(base, spec.model, recipe.crop, seed) for seed in spec.seeds]
    check_network(networks[0], seen_shape(base, recipe.crop), base.classes, spec.model.name)
    parameters = sum(weights.numel() for weights in networks[0].parameters())
    networks = [network.to(device) for network in networks]

    def data(part: slice) -> TrainingData:
        inputs = training_data(datasets[part], recipe.scaling, recipe.crop, device)
        return with_augmentation(inputs, datasets[part], recipe)

    trained, epochs = fit_members(
        networks,
        data,
        recipe,
        spec.seeds,
        spec.seeds,
        saver,
        precision=getattr(torch, compute.precision),
        compiled=compute.compiled,
    )
    measured = []
    for i, (member, network) in enumerate(zip(trained, networks, strict=True)):
        own = data(slice(i, i + 1))
        metrics = metrics_of_network(network, member, own, member.seed, accuracy.measure)
        measured.append(list(map(_described, metrics)))
    # These keys of values.json are equal for all networks of a model, unless experiments differ in
    # the size of images.
    model = f"models/{spec.model.name}"
    about = {
        "dataset": spec.dataset.name,
        "condition": spec.condition,
        "model": spec.model.name,
        "recipe": recipe.name,
        "facts": {f"{model}/parameters": parameters, f"{model}/precision": compute.precision},
    }
    write_curve(files["curve"], epochs)
    save_block(files["weights"], files["info"], trained, about, measured)


def _described(metric: Metric) -> dict[str, Any]:
    """A metric without coordinates, for JSON, which has no NaN."""
    return {
        "metric": metric.name,
        "value": None if math.isnan(metric.value) else metric.value,
        "unit": metric.unit,
        "points": metric.points,
        "note": metric.note,
    }
