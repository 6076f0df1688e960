"""Apply a measure to the networks of a model, or to reference functions of the same data."""

import importlib
import itertools
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from torch import nn

from rethinking.data.corrupt import find_corrupted, load_corrupted
from rethinking.data.dataset import Dataset, load
from rethinking.errors import InputError
from rethinking.files import read_json, write_rows
from rethinking.measures.helpers.interpolants import interpolant, is_differentiable
from rethinking.measures.helpers.metric import Function, Metric, Subject, check_metric
from rethinking.names.columns import METRIC, SEED, SETTING
from rethinking.names.condition import data_condition
from rethinking.networks.specs import MeasureSpec
from rethinking.training.checkpoint import load_block
from rethinking.training.data import TrainingData, build_for, training_data
from rethinking.training.device import use_device
from rethinking.training.networks import refresh_batch_norm
from rethinking.training.run import Trained

log = logging.getLogger(__name__)

COLUMNS = (*SETTING, SEED, *METRIC)
Measure = Callable[[Subject], Iterable[Metric]]


def measure_networks(
    dataset: Path,
    corrupted: list[Path],
    weights: list[Path],
    infos: list[Path],
    table: Path,
    spec: MeasureSpec,
) -> None:
    """Apply one measure to a model's networks of some conditions, all seeds; write a tidy table.

    Args:
        dataset: The uncorrupted data.
        corrupted: Blocks that hold, for each condition and seed, what the condition changes.
        weights: The networks of each block, in any order.
        infos: The description of each block, in the order of ``weights``.
        table: The CSV to write, with :data:`COLUMNS`: a row for each condition, seed, and metric or
            point.
        spec: What to measure.

    Raises:
        InputError: A file is damaged or the device is not there.
    """
    assert spec.model is not None, "else reference functions are measured"
    model = spec.model
    places = {
        (about["condition"], member["seed"]): (path, info, place)
        for path, info in zip(weights, infos, strict=True)
        for about in [read_json(info)]
        for place, member in enumerate(about["members"])
    }
    # One block at a time: those of all seeds may not fit into memory.
    block = lru_cache(maxsize=1)(load_block)
    measure = load_measure(spec)

    def rows() -> Iterator[list[Any]]:
        for condition, seed, changed, data in _each_data(dataset, corrupted, spec):
            trained = None
            if (condition, seed) in places:
                path, info, place = places[condition, seed]
                trained = block(path, info)[place]
            network = build_for(changed, model, spec.crop, seed).to(data.train_images.device)
            metrics = metrics_of_network(network, trained, data, seed, measure)
            yield from rows_of(metrics, _setting(spec, condition, model.name), seed)

    write_rows(table, COLUMNS, rows())


def measure_references(
    dataset: Path, corrupted: list[Path], table: Path, spec: MeasureSpec
) -> None:
    """Apply one measure to functions that fit the data without a network; write a tidy table.

    Args:
        dataset: The uncorrupted data.
        corrupted: See :func:`measure_networks`.
        table: See :func:`measure_networks`; the reference's name stands for the model.
        spec: What to measure.

    Raises:
        InputError: A file is damaged or the device is not there.
    """
    measure = load_measure(spec)

    def rows() -> Iterator[list[Any]]:
        for condition, seed, changed, data in _each_data(dataset, corrupted, spec):
            for name in spec.references:
                images, labels = data.train_images[0], data.train_labels[0]
                function = interpolant(name, images, labels, changed.classes, seed)
                metrics = measure(subject(function, data, seed, is_differentiable(name)))
                yield from rows_of(metrics, _setting(spec, condition, name), seed)

    write_rows(table, COLUMNS, rows())


def load_measure(spec: MeasureSpec) -> Measure:
    """The measure of a spec with its options; what it gives is checked.

    Its mistakes would otherwise show in a step that reads its table: the function raises
    InputError for anything but metrics whose values are numbers.
    """
    measure = importlib.import_module(f"rethinking.measures.{spec.measure}").measure
    where = f"src/rethinking/measures/{spec.measure}.py: measure"

    def checked(subject: Subject) -> list[Metric]:
        found = measure(subject, **spec.options)
        if not isinstance(found, Iterable):
            raise InputError(f"{where} gave {found!r}; give a list of Metric")
        metrics = list(found)
        if not metrics:
            raise InputError(f"{where} gave no Metric; give at least one")
        for metric in metrics:
            check_metric(metric, where)
        return metrics

    return checked


def metrics_of_network(
    network: nn.Module,
    trained: Trained | None,
    data: TrainingData,
    seed: int,
    measure: Measure,
) -> list[Metric]:
    """Measure a network.

    Args:
        network: As it was initialised; changed in place.
        trained: The same network after training; None to measure it untrained, with the data's
            BatchNorm statistics.
        data: Of this network alone.
        seed: Of the network.
        measure: What to apply.

    Returns:
        The metrics; of a network that diverged their names, with NaN and a note.
    """
    if trained is not None and trained.status != "diverged":
        network.load_state_dict(trained.state)
        return list(measure(subject(network.train(False), data, seed)))
    refresh_batch_norm(network, data.train_images[0])
    metrics = measure(subject(network.train(False), data, seed))
    if trained is None:
        return list(metrics)
    # There is no function to measure; what would have been measured is named all the same.
    return [
        replace(metric, value=math.nan, note=metric.note or "diverged" * math.isnan(metric.x))
        for metric in metrics
    ]


def rows_of(
    metrics: Iterable[Metric], setting: Mapping[str, str], seed: int
) -> Iterator[list[Any]]:
    """Rows of :data:`COLUMNS`; their numbers are logged."""
    shown = {metric.name: metric.value for metric in metrics if math.isnan(metric.x)}
    log.info("%s, %s, seed %d: %s", setting["model"], setting["condition"], seed, shown)
    keys = [*(setting[column] for column in SETTING), seed]
    for one in metrics:
        yield [*keys, one.name, one.x, one.y, one.value, one.unit, one.points, one.note]


def _each_data(
    dataset: Path, corrupted: list[Path], spec: MeasureSpec
) -> Iterator[tuple[str, int, Dataset, TrainingData]]:
    """The data of each condition and seed, as they are stored and as networks see them."""
    device = use_device(spec.compute)
    base = load(dataset)
    blocks = find_corrupted(corrupted)
    for condition, seed in itertools.product(spec.conditions, spec.seeds):
        changed = load_corrupted(blocks[data_condition(condition), seed], base, seed)
        if changed.classes < 2:
            raise InputError(f"{dataset}: has one class only, and nothing to measure; give two")
        yield condition, seed, changed, training_data([changed], spec.scaling, spec.crop, device)


def _setting(spec: MeasureSpec, condition: str, model: str) -> dict[str, str]:
    names = (spec.dataset.name, condition, model, spec.recipe)
    return dict(zip(SETTING, names, strict=True))


def subject(
    function: Function, data: TrainingData, seed: int, differentiable: bool = True
) -> Subject:
    """A function as measures take it, with the data of one member."""
    return Subject(
        function,
        differentiable,
        data.train_images[0],
        data.train_labels[0],
        data.test_images[0],
        data.test_labels[0],
        seed,
    )
