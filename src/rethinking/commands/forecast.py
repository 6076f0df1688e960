"""How long a run will take, from the times of similar jobs."""

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

# Published run times, for those who have none of their own yet.
REFERENCE, TIMES = "reference", "*/times.csv"
# What a job computes with, but not how much.
NOT_WORK = (*NO_SETTINGS, "seeds")
# What a step takes beside what its record says: Snakemake's work on it, the interpreter's end, and
# loading libraries while others compute. Measured: 285 s for the 256 steps of a demo on two cores.
AROUND_A_STEP_S = 1.1
# Of a device of which no time is known: assumed, not measured.
OPERATIONS_PER_SECOND = {"cpu": 1e11, "cuda": 2e13}
# How a time was found, from the surest on.
SAME, RATE, RULE, ASSUMED, UNKNOWN = SOURCES = (
    "of the same work",
    "by operations",
    "of the same rule, by the size of the data",
    "by operations, at an assumed rate",
    "not known",
)


@dataclass(frozen=True)
class Size:
    """How much there is to do.

    Attributes:
        operations: As ``rethinking.commands.operations.job_operations`` counts them; NaN where it
            does not.
        numbers: In the training images of the data set; NaN where that is not known.
    """

    operations: float
    numbers: float


@dataclass(frozen=True)
class Time(Size):
    """How long a job took.

    Attributes:
        rule: Its rule.
        work: A hash of what it did, whatever the code and the seeds were.
        model: The module of its network; empty where there is none, as the next three.
        options: Of the network, as JSON.
        recipe: How it was trained.
        data: Under which condition, or on which kind of images.
        device: ``cpu`` or ``cuda``; empty of jobs for which that makes no difference.
        seconds: Of its process, and :data:`AROUND_A_STEP_S`.
        hardware: The processor, and the GPU if it used one.
    """

    rule: str
    work: str
    model: str
    options: str
    recipe: str
    data: str
    device: str
    seconds: float
    hardware: str


@dataclass(frozen=True)
class Forecast:
    """How long a step will take.

    Attributes:
        step: Which.
        seconds: How long; 0 where nothing is known.
        source: One of :data:`SOURCES`.
        hardware: On which the times were taken by which it was found.
    """

    step: Step
    seconds: float
    source: str
    hardware: frozenset[str] = frozenset()


def forecast(arguments: Sequence[str], write_times: Path | None = None) -> int:
    """Print how many steps are stale, how long they will take, and how many GPU hours.

    Args:
        arguments: Targets and options of Snakemake's.
        write_times: Where to write the times that results at hand took, to be published, in place
            of a forecast.

    Raises:
        InputError: There is no plan, or no time to write.
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
    # Those of others count where there are none of one's own.
    known = [time for _, time in own]
    foreign = list(published(Path(planned.config["results_dir"])))
    stale = [
        forecast_step(step, _size(step, planned), (known, foreign))
        for step in planned.steps
        if step.stale
    ]
    _show(stale, planned)
    return 0


def recorded(planned: Plan) -> Iterator[tuple[Path, Time]]:
    """The times in the records of one's own results, and where in these the records are."""
    results = Path(planned.config["results_dir"])
    for path in sorted(results.glob(f"*/**/*{SUFFIX}")):
        if path.is_relative_to(results / REFERENCE):
            continue
        try:
            record = read_record(path)
        except DamagedError:
            continue
        place = path.relative_to(results)
        if "spec" in record and "seconds" in record:
            yield place, time_of(record, size_of(record["rule"], record["spec"], place, planned))


def published(results: Path) -> Iterator[Time]:
    """The times that were published, of all scales."""
    for path in sorted((results / REFERENCE).glob(TIMES)):
        table = read_table(path)
        names = [field.name for field in fields(Time)]
        table = table.fillna({name: "" for name in names if TYPES[name] is str})
        yield from (Time(*row) for row in table[names].itertuples(index=False))


def time_of(record: Mapping[str, Any], size: Size) -> Time:
    """The time of a job, by its record."""
    spec = record["spec"]
    kind = kind_of(spec)
    # Trainings that were killed and went on took longer than their last attempt.
    seconds = max(record["seconds"], record.get("seconds_of_all_attempts", 0))
    gpu = f", {record['gpu']}" if record["gpu"] else ""
    return Time(
        operations=size.operations,
        numbers=size.numbers,
        rule=record["rule"],
        work=work_of(spec),
        model=kind["model"],
        options=kind["options"],
        recipe=kind["recipe"],
        data=kind["data"],
        device=device_of(spec),
        seconds=round(seconds + record.get("seconds_to_start", 0) + AROUND_A_STEP_S, 2),
        hardware=record["processor"] + gpu,
    )


def work_of(spec: Mapping[str, Any]) -> str:
    """A hash of what a job does, whatever the code and the seeds are."""
    return digest({key: value for key, value in spec.items() if key not in NOT_WORK})[:16]


def device_of(spec: Mapping[str, Any]) -> str:
    """The device of a job; empty of jobs for which that makes no difference."""
    return str(spec.get("compute", {}).get("device", ""))


def kind_of(spec: Mapping[str, Any]) -> dict[str, str]:
    """What a job trains, how and on what; empty where that does not apply."""
    model, recipe = spec.get("model") or {}, spec.get("recipe", "")
    return {
        "model": model.get("module", ""),
        "options": json.dumps(model["options"], sort_keys=True) if model else "",
        "recipe": recipe if isinstance(recipe, str) else recipe["name"],
        "data": spec.get("condition", spec.get("images", "")),
    }


def size_of(rule: str, spec: Mapping[str, Any], place: Path, planned: Plan) -> Size:
    """The size of a job, which is not known of data of another config.

    Args:
        rule: Its rule.
        spec: Its spec.
        place: Of a file of its, below the folder of all results.
        planned: Has the config.
    """
    sizes = planned.config["scales"].get(place.parts[0], {"datasets": {}})
    name = spec["dataset"]["name"] if isinstance(spec.get("dataset"), dict) else ""
    known = None
    if name in sizes["datasets"]:
        entry = sizes["datasets"][name]
        known = _images_of(tuple(sorted((key, str(value)) for key, value in entry.items())))
    if known is None:
        return Size(math.nan, math.nan)
    try:
        operations = job_operations(rule, spec, *known)
    except msgspec.ValidationError:  # the record of another version of the package
        operations = None
    return Size(math.nan if operations is None else operations, math.prod(known[0]) * known[1])


@cache
def _images_of(items: tuple[tuple[str, str], ...]) -> tuple[tuple[int, int, int], int] | None:
    entry: Config = dict(items)
    try:
        shape, count = image_shape(entry), train_image_count(entry)
    except InputError:  # of another scale, whose pictures may not be here
        return None
    return None if shape is None or count is None else (shape, count)


def forecast_step(step: Step, size: Size, known: Iterable[Sequence[Time]]) -> Forecast:
    """How long a step will take.

    As long as the same work took (the median, of whatever seeds); else as its operations take at
    the rate of others of its rule and device, of those that are most alike: the same network, as
    wide, by the same recipe, on the same data. Else as long as others of its rule on data of the
    size that is nearest, longer where the data set is larger still.

    Args:
        step: Which.
        size: Its own.
        known: Times, in groups: a group is asked where those before it know nothing as much alike.
    """
    device = device_of(step.spec)
    alike = [[t for t in times if (t.rule, t.device) == (step.rule, device)] for times in known]
    work = work_of(step.spec)
    for times in alike:
        same = [time for time in times if time.work == work]
        if same:
            return _found(step, statistics.median(time.seconds for time in same), SAME, same)
    if size.operations > 0:
        _, near = max((_nearest(times, kind_of(step.spec)) for times in alike), key=_likeness)
        if near:
            rate = sum(time.seconds for time in near) / sum(time.operations for time in near)
            return _found(step, rate * size.operations, RATE, near)
        return Forecast(step, size.operations / OPERATIONS_PER_SECOND[device], ASSUMED)
    # How much larger the data are: of times on data of a size that is not known, as if not at all.
    larger = {
        place: [size.numbers / time.numbers if size.numbers > time.numbers else 1 for time in times]
        for place, times in enumerate(alike)
        if times
    }
    if not larger:
        return Forecast(step, 0, UNKNOWN)
    place = min(larger, key=lambda place: min(larger[place]))
    least = min(larger[place])
    near = [time for time, by in zip(alike[place], larger[place], strict=True) if by == least]
    return _found(step, least * statistics.median(time.seconds for time in near), RULE, near)


def _nearest(times: Iterable[Time], kind: Mapping[str, str]) -> tuple[int, list[Time]]:
    """The number of matching attributes, and the times of the best matches."""
    near, alike = [time for time in times if time.operations > 0], 0
    for name, value in kind.items():
        same = [time for time in near if getattr(time, name) == value]
        near, alike = same or near, alike + bool(same)
    return alike, near


def _likeness(found: tuple[int, list[Time]]) -> tuple[bool, int]:
    alike, near = found
    return bool(near), alike


def _found(step: Step, seconds: float, source: str, times: Iterable[Time]) -> Forecast:
    return Forecast(step, seconds, source, frozenset(time.hardware for time in times))


def bounds(
    forecasts: Sequence[Forecast], steps: Sequence[Step], cores: int, gpus: int
) -> tuple[float, float]:
    """Seconds that a run takes at least and at most, whatever is done first.

    At least as long as all work takes that shares cores, or GPUs, or as its longest chain does; at
    most, whatever is begun first, as these together (Graham, 1966, Bell System Technical Journal
    45, 1563-1581).

    Args:
        forecasts: Of the stale steps.
        steps: All of the plan.
        cores: That all share.
        gpus: That those which ask for one share.
    """
    own = {id(one.step): one.seconds for one in forecasts}
    ends: list[float] = []
    for step in steps:
        ends.append(
            own.get(id(step), 0.0) + max((ends[place] for place in step.reads), default=0.0)
        )
    chain = max(ends, default=0.0)
    on_cores = (
        sum(one.seconds * one.step.spec.get("compute", {}).get("threads", 1) for one in forecasts)
        / cores
    )
    on_gpus = sum(one.seconds for one in forecasts if _on_gpu(one.step)) / gpus
    least = max(on_cores, on_gpus, chain)
    return least, on_cores + on_gpus + (1 - 1 / cores) * chain


def _on_gpu(step: Step) -> bool:
    return device_of(step.spec) == "cuda"


def _size(step: Step, planned: Plan) -> Size:
    place = step.outputs[0].relative_to(planned.config["results_dir"])
    return size_of(step.rule, step.spec, place, planned)


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
    for one in forecasts:
        by_rule.setdefault(one.step.rule, []).append(one)
    for rule, own in sorted(by_rule.items(), key=lambda item: -sum(one.seconds for one in item[1])):
        sources = Counter(one.source for one in own)
        found = ", ".join(f"{source} ({sources[source]})" for source in SOURCES if sources[source])
        table.add_row(rule, f"{len(own):,}", _duration(sum(one.seconds for one in own)), found)
    console.print(table)
    least, most = bounds(forecasts, planned.steps, cores, gpus)
    on_gpu = [one.seconds for one in forecasts if _on_gpu(one.step)]
    where = f"{cores} core{'s' * (cores > 1)}"
    if on_gpu:
        where += f" and {gpus} GPU{'s' * (gpus > 1)}"
    unknown = sum(one.source == UNKNOWN for one in forecasts)
    took = " to ".join(dict.fromkeys([_duration(least), _duration(most)]))
    console.print(
        f"{len(forecasts):,} of {len(planned.steps):,} steps are stale: {took} on {where}; "
        f"{sum(on_gpu) / 3600:.1f} GPU hours"
        + (f"; and what {unknown:,} take of which no time is known" if unknown else "")
    )
    hardware = Counter(name for one in forecasts for name in sorted(one.hardware))
    if hardware:
        counted = ", ".join(f"{name} ({count:,} steps)" for name, count in hardware.most_common())
        console.print(f"By times from: {counted}", highlight=False)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
