"""Apply a measure to the networks of a model."""

import importlib
import itertools
import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from rethinking.data.dataset import Dataset, load
from rethinking.errors import InputError
from rethinking.files import read_json, write_rows
from rethinking.measures.helpers.logits import spread
from rethinking.measures.helpers.metric import Function, Metric, Subject, check_name
from rethinking.networks.train import build_for, training_data
from rethinking.training.checkpoint import load_block
from rethinking.training.device import use_device
from rethinking.training.fit import BATCH_NORM_IMAGES, Trained, TrainingData, equal_parts

log = logging.getLogger(__name__)

KEYS = ("dataset", "condition", "model", "recipe", "seed")
COLUMNS = (*KEYS, "metric", "x", "y", "value", "points", "note")


def measure_networks(
    dataset: Path,
    corrupted: Sequence[Path],
    weights: Sequence[Path],
    infos: Sequence[Path],
    table: Path,
    spec: Mapping[str, Any],
) -> None:
    """Apply one measure to a model's networks of some conditions, all seeds; write a tidy table.

    Args:
        dataset: The uncorrupted data.
        corrupted: What a condition changes, for each condition and in it for each seed.
        weights: The networks of each block, in any order.
        infos: The description of each block, in the order of ``weights``.
        table: A CSV with :data:`COLUMNS`, one row for each condition, seed, and metric or point.
        spec: The job's spec; read here are ``measure``, ``options``, ``seeds``, ``dataset``,
            ``conditions``, ``model``, ``recipe``, ``device``, ``threads``. A condition may be
            ``untrained``.

    Raises:
        InputError: A file is damaged or the device is not there.
    """
    places = {
        (about["condition"], member["seed"]): (path, info, place)
        for path, info in zip(weights, infos, strict=True)
        for about in [read_json(info)]
        for place, member in enumerate(about["members"])
    }
    # One block at a time: those of all seeds may not fit into memory.
    block = lru_cache(maxsize=1)(load_block)

    def trained(condition: str, seed: int) -> Trained | None:
        if (condition, seed) not in places:
            return None
        path, info, place = places[condition, seed]
        return block(path, info)[place]

    def rows() -> Iterator[list[Any]]:
        for condition, seed, changed, data in data_of(dataset, corrupted, spec):
            metrics = _of_network(trained(condition, seed), changed, data, spec, seed)
            yield from rows_of(metrics, spec, condition, spec["model"]["name"], seed)

    write_rows(table, COLUMNS, rows())


def data_of(
    dataset: Path, corrupted: Sequence[Path], spec: Mapping[str, Any]
) -> Iterator[tuple[str, int, Dataset, TrainingData]]:
    """The data of each condition and seed, as they are stored and as networks see them."""
    device = use_device(spec["device"], spec["threads"])
    base = load(dataset)
    recipe = spec["recipe"]
    each = itertools.product(spec["conditions"], spec["seeds"])
    for (condition, seed), path in zip(each, corrupted, strict=True):
        changed = load(path, base)
        if changed.classes < 2:
            raise InputError(f"{dataset}: has one class only, and nothing to measure; give two")
        data = training_data([changed], recipe["scaling"], recipe["crop"], device)
        yield condition, seed, changed, data


def untrained(network: nn.Module, train_images: Tensor) -> nn.Module:
    """A network as it was initialised, in evaluation mode, with the data's BatchNorm statistics.

    Those that it starts with, 0 and 1, are the statistics of no data.
    """
    update_bn(equal_parts(spread(train_images, BATCH_NORM_IMAGES)), network)
    return network.train(False)


def _of_network(
    trained: Trained | None,
    dataset: Dataset,
    data: TrainingData,
    spec: Mapping[str, Any],
    seed: int,
) -> list[Metric]:
    network = build_for(dataset, spec, seed).to(data.train_images.device)
    if trained is not None and trained.status != "diverged":
        network.load_state_dict(trained.state)
        return measured(network.train(False), True, data, spec, seed)
    found = measured(untrained(network, data.train_images[0]), True, data, spec, seed)
    if trained is None:
        return found
    # There is no function to measure; what would have been measured is named all the same.
    return [
        replace(metric, value=math.nan, note=metric.note or "diverged" * math.isnan(metric.x))
        for metric in found
    ]


def measured(
    function: Function, differentiable: bool, data: TrainingData, spec: Mapping[str, Any], seed: int
) -> list[Metric]:
    """Apply the measure of a spec to a function.

    Raises:
        InputError: It gives something else than metrics whose values are numbers.
    """
    measure = importlib.import_module(f"rethinking.measures.{spec['measure']}").measure
    subject = Subject(
        function,
        differentiable,
        data.train_images[0],
        data.train_labels[0],
        data.test_images[0],
        data.test_labels[0],
        seed,
    )
    found = measure(subject, **spec["options"])
    # Else a mistake in a measure shows in a step that reads its table.
    where = f"src/rethinking/measures/{spec['measure']}.py: measure"
    if not isinstance(found, Iterable):
        raise InputError(f"{where} gave {found!r}; give a list of Metric")
    found = list(found)
    if not found:
        raise InputError(f"{where} gave no Metric; give at least one")
    for metric in found:
        _check(metric, where)
    return found


def _check(metric: Any, where: str) -> None:
    if not isinstance(metric, Metric):
        raise InputError(f"{where} gave {metric!r}; give a list of Metric")
    value: object = metric.value
    if not isinstance(value, Real):
        kind = type(value).__name__
        raise InputError(f"{where} gave a {kind} as value of {metric.name}; give float(…) of it")
    check_name(metric.name, where)


def rows_of(
    metrics: Iterable[Metric], spec: Mapping[str, Any], condition: str, model: str, seed: int
) -> Iterator[list[Any]]:
    """Rows of :data:`COLUMNS`; their numbers are logged."""
    shown = {metric.name: metric.value for metric in metrics if math.isnan(metric.x)}
    log.info("%s, %s, seed %d: %s", model, condition, seed, shown)
    keys = [spec["dataset"]["name"], condition, model, spec["recipe"]["name"], seed]
    for metric in metrics:
        yield [*keys, metric.name, metric.x, metric.y, metric.value, metric.points, metric.note]
