"""Measure all trained networks of a model."""

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
from rethinking.files import read_json, replacing
from rethinking.measures.metric import Metric, Subject
from rethinking.training.checkpoint import load_block
from rethinking.training.device import use_device
from rethinking.training.fit import Trained
from rethinking.training.train import build_for, training_data

log = logging.getLogger(__name__)

COLUMNS = ("dataset", "condition", "model", "recipe", "seed", "metric", "value", "points")


def measure_model(
    dataset: Path,
    corrupted: Sequence[Path],
    weights: Sequence[Path],
    infos: Sequence[Path],
    table: Path,
    spec: Mapping[str, Any],
) -> None:
    """Apply one measure to the networks of every condition and seed and write a tidy table.

    Args:
        dataset: The uncorrupted data.
        corrupted: What a condition changes, for each condition and in it for each seed.
        weights: The networks of each block, in any order.
        infos: The description of each block, in the order of ``weights``.
        table: A CSV with :data:`COLUMNS`, one row for each condition, seed and metric.
        spec: The job's spec; read here are ``measure``, ``seeds``, ``dataset``, ``conditions``,
            ``model``, ``recipe``, ``device``, ``threads``.

    Raises:
        InputError: A file is damaged or the device is not there.
    """
    device = use_device(spec["device"], spec["threads"])
    measure = importlib.import_module(f"rethinking.measures.{spec['measure']}").measure
    base = load(dataset)
    changes = dict(
        zip(itertools.product(spec["conditions"], spec["seeds"]), corrupted, strict=True)
    )
    rows = []
    for path, info in zip(weights, infos, strict=True):
        condition = read_json(info)["condition"]
        for trained in load_block(path, info):
            if (condition, trained.seed) not in changes:
                continue
            subject = _subject(trained, load(changes[condition, trained.seed], base), spec, device)
            metrics: list[Metric] = measure(subject)
            if trained.status == "diverged":
                metrics = [replace(metric, value=math.nan) for metric in metrics]
            found = {metric.name: metric.value for metric in metrics}
            log.info("%s, seed %d: %s", condition, trained.seed, found)
            keys = [spec["dataset"]["name"], condition, spec["model"]["name"]]
            keys += [spec["recipe"]["name"], trained.seed]
            rows += [[*keys, metric.name, metric.value, metric.points] for metric in metrics]
    with replacing(table) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def _subject(trained: Trained, dataset: Dataset, spec: Mapping[str, Any], device: Any) -> Subject:
    network = build_for(dataset, spec, trained.seed)
    network.load_state_dict(trained.state)
    network.to(device).train(False)
    recipe = spec["recipe"]
    data = training_data([dataset], recipe["scaling"], recipe["crop"], device)
    return Subject(
        network,
        data.train_images[0],
        data.train_labels[0],
        data.test_images[0],
        data.test_labels[0],
    )
