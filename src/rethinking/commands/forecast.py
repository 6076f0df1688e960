"""Forecast the time of a run from the times of similar jobs."""

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
from rich.console import Console
from rich.table import Table
from snakemake.utils import available_cpu_count

from rethinking.commands.operations import job_operations
from rethinking.commands.plan import Plan, Step, plan
from rethinking.errors import InputError
from rethinking.files import digest
from rethinking.step.call import NO_SETTINGS
from rethinking.step.provenance import SUFFIX, DamagedError, read_record
from rethinking.study.entries import Config
from rethinking.study.images import image_shape, train_image_count
from rethinking.tables import TYPES, read_table, write_table

# Published run times, for users without times of their own.
REFERENCE, TIMES = "reference", "*/times.csv"
# Parts of a spec that do not change the work of a job.
NOT_WORK = (*NO_SETTINGS, "seeds")
# Time of a step that its record lacks: for Snakemake's own work, the end of the interpreter, and
# imports while other jobs compute. Measured: 285 s for the 256 steps of a demo on two cores.
AROUND_A_STEP_S = 1.1
# Assumed, not measured, for devices without any known time.
OPERATIONS_PER_SECOND = {"cpu": 1e11, "cuda": 2e13}
# The source of a time, from the most reliable on.
SAME, RATE, RULE, ASSUMED, UNKNOWN = SOURCES = (
    "of the same work",
    "by operations",
    "of the same rule, by the size of the data",
    "by operations, at an assumed rate",
    "not known",
)


@dataclass(frozen=True)
class Size:
    """The size of a job."""

    operations: float  # see ``rethinking.commands.operations.job_operations``; NaN if not counted
    numbers: float  # in the training images of the data set; NaN if unknown


@dataclass(frozen=True)
class Time(Size):
    """The time of a finished job. Text that does not apply to the job is empty."""

    rule: str
    work: str  # see :func:`work_of`
    model: str  # the module of the network
    options: str  # of the network, as JSON
    recipe: str
    data: str  # a condition, or a kind of images
    device: str  # cpu or cuda
    seconds: float  # of the process, and :data:`AROUND_A_STEP_S`
    hardware: str  # the processor and, if used, the GPU


@dataclass(frozen=True)
class Forecast:
    """The expected time of a step."""

    step: Step
    seconds: float  # 0 if unknown
    source: str  # one of :data:`SOURCES`
    hardware: frozenset[str] = frozenset()  # of the jobs whose times were used


def forecast(arguments: Sequence[str], write_times: Path | None = None) -> int:
    """Print the number of stale steps, their time, and their GPU hours.

    Args:
        arguments: Targets and options of Snakemake.
        write_times: A file for the times of existing results, to publish; None for a forecast.

    Raises:
        InputError: Snakemake cannot make a plan, or there is no time to write.
    """
    planned = plan(arguments)
    own = list(recorded(planned))
    if write_times is not None:
        scale = planned.config["scale"]
        of_scale = [time for path, time in own if path.parts[0] == scale]
        if not of_scale:
            raise InputError(f"there are no results at scale {scale}; build them first")
        write_table(pd.DataFrame(map(asdict, of_scale)), write_times)
        return 0
    times = [time for _, time in own], list(published(Path(planned.config["results_dir"])))
    forecasts = []
    for step in planned.steps:
        if step.stale:
            inside = step.outputs[0].relative_to(planned.config["results_dir"])
            size = size_of(step.rule, step.spec, inside, planned)
            forecasts.append(forecast_step(step, size, times))
    _show(forecasts, planned)
    return 0


def recorded(planned: Plan) -> Iterator[tuple[Path, Time]]:
    """The times in the records of existing results, with the paths of the records in these."""
    results = Path(planned.config["results_dir"])
    for path in sorted(results.glob(f"*/**/*{SUFFIX}")):
        if path.is_relative_to(results / REFERENCE):
            continue
        try:
            record = read_record(path)
        except DamagedError:
            continue
        if "spec" in record and "seconds" in record:
            inside = path.relative_to(results)
            yield inside, time_of(record, size_of(record["rule"], record["spec"], inside, planned))


def published(results: Path) -> Iterator[Time]:
    """The published times of all scales."""
    for path in sorted((results / REFERENCE).glob(TIMES)):
        table = read_table(path)
        names = [field.name for field in fields(Time)]
        table = table.fillna({name: "" for name in names if TYPES[name] is str})
        yield from (Time(*row) for row in table[names].itertuples(index=False))


def time_of(record: Mapping[str, Any], size: Size) -> Time:
    """The time of a job, from its record."""
    spec = record["spec"]
    # A resumed training took longer than its last attempt.
    seconds = max(record["seconds"], record.get("seconds_of_all_attempts", 0))
    gpu = f", {record['gpu']}" if record["gpu"] else ""
    return Time(
        **asdict(size),
        **kind_of(spec),
        rule=record["rule"],
        work=work_of(spec),
        device=device_of(spec),
        seconds=round(seconds + record.get("seconds_to_start", 0) + AROUND_A_STEP_S, 2),
        hardware=record["processor"] + gpu,
    )


def work_of(spec: Mapping[str, Any]) -> str:
    """A hash of the work of a job, independent of code and seeds."""
    return digest({key: value for key, value in spec.items() if key not in NOT_WORK})[:16]


def device_of(spec: Mapping[str, Any]) -> str:
    """The device of a job; empty if it makes no difference."""
    return str(spec.get("compute", {}).get("device", ""))


def kind_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The network, recipe and data of a job, as fields of :class:`Time`."""
    model, recipe = spec.get("model") or {}, spec.get("recipe", "")
    return {
        "model": model.get("module", ""),
        "options": json.dumps(model["options"], sort_keys=True) if model else "",
        "recipe": recipe if isinstance(recipe, str) else recipe["name"],
        "data": spec.get("condition", spec.get("images", "")),
    }


def size_of(rule: str, spec: Mapping[str, Any], place: Path, planned: Plan) -> Size:
    """The size of a job; NaN for data that the config lacks.

    Args:
        rule: The rule of the job.
        spec: The spec of the job.
        place: A file of the job, below the folder of all results.
        planned: The plan, for its config.
    """
    datasets = planned.config["scales"].get(place.parts[0], {"datasets": {}})["datasets"]
    name = spec["dataset"]["name"] if isinstance(spec.get("dataset"), dict) else ""
    images = None
    if name in datasets:
        entry = datasets[name].items()
        images = _images_of(tuple(sorted((key, str(value)) for key, value in entry)))
    if images is None:
        return Size(math.nan, math.nan)
    shape, count = images
    try:
        operations = job_operations(rule, spec, shape, count)
    except msgspec.ValidationError:  # the record of another version of the package
        operations = None
    return Size(math.nan if operations is None else operations, math.prod(shape) * count)


@cache
def _images_of(items: tuple[tuple[str, str], ...]) -> tuple[tuple[int, int, int], int] | None:
    entry: Config = dict(items)
    try:
        shape, count = image_shape(entry), train_image_count(entry)
    except InputError:  # pictures of another scale are missing
        return None
    return None if shape is None or count is None else (shape, count)


def forecast_step(step: Step, size: Size, known: Iterable[Sequence[Time]]) -> Forecast:
    """Forecast the time of a step.

    It is the median time of the same work with any seeds; else the time of its operations at the
    rate of the most similar jobs of its rule and device (the same network, options, recipe, data);
    else the time of jobs of its rule on data of the nearest size, in proportion to the size where
    the data set is larger than all of theirs.

    Args:
        step: The step.
        size: The size of the step.
        known: Groups of times; a group counts if no earlier one has times as similar.
    """
    device = device_of(step.spec)
    groups = [[t for t in times if (t.rule, t.device) == (step.rule, device)] for times in known]
    work = work_of(step.spec)
    for times in groups:
        same = [time for time in times if time.work == work]
        if same:
            return _found(step, statistics.median(time.seconds for time in same), SAME, same)
    if size.operations > 0:
        matches = (_best_matches(times, kind_of(step.spec)) for times in groups)
        _, near = max(matches, key=lambda match: (bool(match[1]), match[0]))
        if near:
            rate = sum(time.seconds for time in near) / sum(time.operations for time in near)
            return _found(step, rate * size.operations, RATE, near)
        return Forecast(step, size.operations / OPERATIONS_PER_SECOND[device], ASSUMED)
    # The data set over that of each time, at least 1; 1 for data sets of unknown size.
    ratios = [
        [size.numbers / time.numbers if size.numbers > time.numbers else 1 for time in times]
        for times in groups
    ]
    if not any(ratios):
        return Forecast(step, 0, UNKNOWN)
    least, index = min((min(each), index) for index, each in enumerate(ratios) if each)
    near = [time for time, by in zip(groups[index], ratios[index], strict=True) if by == least]
    return _found(step, least * statistics.median(time.seconds for time in near), RULE, near)


def _best_matches(times: Iterable[Time], kind: Mapping[str, str]) -> tuple[int, list[Time]]:
    """The number of matching attributes, and the times of the best matches."""
    near, matching = [time for time in times if time.operations > 0], 0
    for name, value in kind.items():
        same = [time for time in near if getattr(time, name) == value]
        near, matching = same or near, matching + bool(same)
    return matching, near


def _found(step: Step, seconds: float, source: str, times: Iterable[Time]) -> Forecast:
    return Forecast(step, seconds, source, frozenset(time.hardware for time in times))


def bounds(
    forecasts: Sequence[Forecast], steps: Sequence[Step], cores: int, gpus: int
) -> tuple[float, float]:
    """Bounds on the seconds of a run, for any order of its steps.

    A run takes at least the time of its work on all cores, of its work on all GPUs, and of its
    longest chain of steps; at most, it takes the sum of these (Graham, 1966, Bell System Technical
    Journal 45, 1563-1581).

    Args:
        forecasts: The times of the stale steps.
        steps: All steps of the plan.
        cores: The number of cores.
        gpus: The number of GPUs.
    """
    seconds = {id(each.step): each.seconds for each in forecasts}
    ends: list[float] = []
    for step in steps:
        start = max((ends[index] for index in step.reads), default=0.0)
        ends.append(start + seconds.get(id(step), 0.0))
    chain = max(ends, default=0.0)
    threads = [each.step.spec.get("compute", {}).get("threads", 1) for each in forecasts]
    work = sum(each.seconds * count for each, count in zip(forecasts, threads, strict=True))
    on_cores = work / cores
    on_gpus = _total(_on_gpu(forecasts)) / gpus
    least = max(on_cores, on_gpus, chain)
    return least, on_cores + on_gpus + (1 - 1 / cores) * chain


def _show(forecasts: Sequence[Forecast], planned: Plan) -> None:
    console = Console()
    if not forecasts:
        console.print("Nothing is stale.")
        return
    cores = planned.cores or available_cpu_count()
    gpus = planned.limits.get("gpu", 1)
    table = Table(box=None, padding=(0, 2))
    for heading in ("rule", "steps", "time of all", "found by"):
        table.add_column(heading, justify="left" if heading in ("rule", "found by") else "right")
    by_rule: dict[str, list[Forecast]] = {}
    for each in forecasts:
        by_rule.setdefault(each.step.rule, []).append(each)
    for rule, own in sorted(by_rule.items(), key=lambda item: -_total(item[1])):
        counts = Counter(each.source for each in own)
        sources = ", ".join(f"{source} ({counts[source]})" for source in SOURCES if counts[source])
        table.add_row(rule, f"{len(own):,}", _duration(_total(own)), sources)
    console.print(table)
    least, most = bounds(forecasts, planned.steps, cores, gpus)
    on_gpu = _on_gpu(forecasts)
    where = f"{cores} core{'s' * (cores > 1)}"
    if on_gpu:
        where += f" and {gpus} GPU{'s' * (gpus > 1)}"
    unknown = sum(each.source == UNKNOWN for each in forecasts)
    time = " to ".join(dict.fromkeys([_duration(least), _duration(most)]))
    console.print(
        f"{len(forecasts):,} of {len(planned.steps):,} steps are stale: {time} on {where}; "
        f"{_total(on_gpu) / 3600:.1f} GPU hours"
        + (f"; and what {unknown:,} take of which no time is known" if unknown else "")
    )
    hardware = Counter(name for each in forecasts for name in sorted(each.hardware))
    if hardware:
        counted = ", ".join(f"{name} ({count:,} steps)" for name, count in hardware.most_common())
        console.print(f"By times from: {counted}", highlight=False)


def _on_gpu(forecasts: Iterable[Forecast]) -> list[Forecast]:
    return [each for each in forecasts if device_of(each.step.spec) == "cuda"]


def _total(forecasts: Iterable[Forecast]) -> float:
    return sum(each.seconds for each in forecasts)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
