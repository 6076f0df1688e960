"""Apply a measure to the networks of a model, or to reference functions for the same data."""

import importlib
import itertools
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from rethinking.data.corrupt import find_corrupted, load_corrupted
from rethinking.data.dataset import Dataset, load
from rethinking.errors import InputError
from rethinking.files import read_json, write_rows
from rethinking.measures.helpers.checks import check_metric
from rethinking.measures.helpers.interpolants import interpolant, is_differentiable
from rethinking.measures.helpers.metric import Metric, Subject
from rethinking.names.columns import METRIC, SEED, SETTING
from rethinking.names.condition import data_condition
from rethinking.networks.metrics import Measure, metrics_of_network, subject
from rethinking.networks.specs import MeasureSpec
from rethinking.training.checkpoint import load_block
from rethinking.training.data import TrainingData, build_for, training_data
from rethinking.training.device import use_device

log = logging.getLogger(__name__)

COLUMNS = (*SETTING, SEED, *METRIC)


def measure_networks(
    dataset: Path,
    corrupted: list[Path],
    weights: list[Path],
    infos: list[Path],
    table: Path,
    spec: MeasureSpec,
) -> None:
    """Apply one measure to a model's networks of some conditions and all seeds; write a table.

    ``corrupted`` are blocks with the corrupted arrays of each condition and seed; ``infos``
    describe the blocks of ``weights``, which have any order. The table has :data:`COLUMNS`, and a
    row for each condition, seed, and metric or point.
    """
    assert spec.model is not None, "else reference functions are measured"
    model = spec.model
    members = {
        (about["condition"], member["seed"]): (path, info, index)
        for path, info in zip(weights, infos, strict=True)
        for about in [read_json(info)]
        for index, member in enumerate(about["members"])
    }
    # One block at a time: the blocks of all seeds may not fit into memory.
    block = lru_cache(maxsize=1)(load_block)
    measure = load_measure(spec)

    def rows() -> Iterator[list[Any]]:
        for condition, seed, changed, data in _each_data(dataset, corrupted, spec):
            trained = None
            if (condition, seed) in members:
                path, info, index = members[condition, seed]
                trained = block(path, info)[index]
            network = build_for(changed, model, spec.crop, seed).to(data.train_images.device)
            metrics = metrics_of_network(network, trained, data, seed, measure)
            yield from rows_of(metrics, _setting(spec, condition, model.name), seed)

    write_rows(table, COLUMNS, rows())


def measure_references(
    dataset: Path, corrupted: list[Path], table: Path, spec: MeasureSpec
) -> None:
    """Apply one measure to functions that fit the data without training; write a table.

    The table has the name of a reference in place of the model; see :func:`measure_networks`.
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
    """The measure of a spec, with its options and with a check of its results.

    Without the check, mistakes would show in the step that reads the table: the function raises
    InputError for any result that is not a list of metrics.
    """
    measure = importlib.import_module(f"rethinking.measures.{spec.measure}").measure
    where = f"src/rethinking/measures/{spec.measure}.py: measure"

    def checked(subject: Subject) -> list[Metric]:
        result = measure(subject, **spec.options)
        if not isinstance(result, Iterable):
            raise InputError(f"{where} gave {result!r}; give a list of Metric")
        metrics = list(result)
        if not metrics:
            raise InputError(f"{where} gave no Metric; give at least one")
        for metric in metrics:
            check_metric(metric, where)
        return metrics

    return checked


def rows_of(
    metrics: Iterable[Metric], setting: Mapping[str, str], seed: int
) -> Iterator[list[Any]]:
    """Rows of :data:`COLUMNS`, whose numbers are logged."""
    shown = {metric.name: metric.value for metric in metrics if math.isnan(metric.x)}
    log.info("%s, %s, seed %d: %s", setting["model"], setting["condition"], seed, shown)
    keys = [*(setting[column] for column in SETTING), seed]
    for m in metrics:
        yield [*keys, m.name, m.x, m.y, m.value, m.unit, m.points, m.note]


def _each_data(
    dataset: Path, corrupted: list[Path], spec: MeasureSpec
) -> Iterator[tuple[str, int, Dataset, TrainingData]]:
    """The data of each condition and seed, as stored and as networks see them."""
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
