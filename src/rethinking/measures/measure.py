"""Measure all trained networks of a setting."""

import csv
import importlib
import itertools
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rethinking.data.dataset import Dataset, load
from rethinking.files import replacing
from rethinking.measures.metric import Metric, Subject
from rethinking.training.checkpoint import load_block
from rethinking.training.device import use_device
from rethinking.training.fit import Trained
from rethinking.training.networks import build_network
from rethinking.training.train import training_data

log = logging.getLogger(__name__)

COLUMNS = ("dataset", "condition", "model", "recipe", "seed", "metric", "value", "points")


def measure_setting(
    dataset: Path,
    corrupted: Sequence[Path],
    weights: Sequence[Path],
    infos: Sequence[Path],
    table: Path,
    spec: Mapping[str, Any],
) -> None:
    """Apply one measure to the network of every seed and write a tidy table.

    Args:
        dataset: The uncorrupted data.
        corrupted: For each seed, what its condition changes.
        weights: The networks of each block.
        infos: The description of each block.
        table: A CSV with :data:`COLUMNS`, one row for each seed and metric.
        spec: The job's spec; read here are ``measure``, ``seeds``, ``dataset``, ``condition``,
            ``model``, ``recipe``, ``device``, ``threads``.

    Raises:
        InputError: A file is damaged or the device is not there.
    """
    device = use_device(spec["device"], spec["threads"])
    measure = importlib.import_module(f"rethinking.measures.{spec['measure']}").measure
    base = load(dataset)
    keys = [spec["dataset"]["name"], spec["condition"], spec["model"]["name"]]
    changes = dict(zip(spec["seeds"], corrupted, strict=True))
    members = itertools.chain.from_iterable(map(load_block, weights, infos))
    rows = []
    for trained in members:
        if trained.seed not in changes:
            continue
        subject = _subject(trained, load(changes[trained.seed], base), spec, device)
        metrics: list[Metric] = measure(subject)
        if trained.status == "diverged":
            metrics = [replace(metric, value=math.nan) for metric in metrics]
        log.info("seed %d: %s", trained.seed, {metric.name: metric.value for metric in metrics})
        rows += [
            [*keys, spec["recipe"]["name"], trained.seed, metric.name, metric.value, metric.points]
            for metric in metrics
        ]
    with replacing(table) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def _subject(trained: Trained, dataset: Dataset, spec: Mapping[str, Any], device: Any) -> Subject:
    network = build_network(
        spec["model"]["module"],
        spec["model"]["options"],
        dataset.image_shape,
        dataset.classes,
        trained.seed,
    )
    network.load_state_dict(trained.state)
    network.to(device).train(False)
    data = training_data([dataset], spec["recipe"]["scaling"], device)
    return Subject(
        network,
        data.train_images[0],
        data.train_labels[0],
        data.test_images[0],
        data.test_labels[0],
    )
