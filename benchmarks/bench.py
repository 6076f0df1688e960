"""This project's training beside a plain PyTorch loop, on the same work.

python -m benchmarks.bench [WORK ...] [--device cuda] [--rounds N] [--output FOLDER]
"""

import argparse
import itertools
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Barrier
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from rich.console import Console
from rich.table import Table
from torch.nn.functional import interpolate

from benchmarks.plain_loop import train_plainly
from rethinking.analysis.intervals import mean_interval
from rethinking.commands.output import make_writable
from rethinking.data.sources import digits
from rethinking.errors import InputError
from rethinking.names.specs import Compute
from rethinking.seeds import derive_seed
from rethinking.step.hardware import gpu, processor
from rethinking.step.resume import Saver
from rethinking.study.machine import has_bfloat16
from rethinking.study.paths import as_path
from rethinking.tables import read_table, write_table
from rethinking.training import networks
from rethinking.training.curve import Epoch
from rethinking.training.data import TrainingData
from rethinking.training.device import use_device
from rethinking.training.fit import fit_members
from rethinking.training.inputs import per_dataset
from rethinking.training.networks import build_network
from rethinking.training.recipe import Recipe

SIDE = 32
CHANNELS, CLASSES = 3, 10
TOY_INPUTS = 100
# In CIFAR-10, so many training images have one test image, and one on which BatchNorm's statistics
# are computed anew.
TRAIN_PER_TEST = 5
# The first epoch of each network is not timed: memory is allocated in it, and workers are started.
UNTIMED = 1
Loop = Literal["plain", "fit"]
LOOPS: tuple[Loop, ...] = ("plain", "fit")


@dataclass(frozen=True)
class Work:
    """Networks to train.

    Attributes:
        label: In the table on the screen.
        module: A file of ``rethinking.models``.
        options: Of its ``build``.
        on_noise: Whether on 100 normal inputs with random labels, each network on its own, as in
            the rebuttal's toy; else on scikit-learn's digits, enlarged to 32×32 with 3 channels.
        recipe: How; at a constant rate, to the end.
        seeds: How many networks.
        images: For ``cpu`` and ``cuda``, training images; digits come again where they are more.
    """

    label: str
    module: str
    options: dict[str, Any]
    on_noise: bool
    recipe: Recipe
    seeds: int
    images: dict[str, int]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        return (1, 1, TOY_INPUTS) if self.on_noise else (CHANNELS, SIDE, SIDE)


ADAM = Recipe("adam", "adam", 128, 0.9, 0.0, "constant", "per_dataset", None, 0.001, 21)
SGD = Recipe("sgd", "sgd", 128, 0.9, 0.0, "constant", "per_dataset", None, 0.01, 3)
WORKS = {
    "mlp_toy": Work(
        "MLP 256-128-64 of the toy",
        "mlp",
        {"hidden": [256, 128, 64]},
        True,
        ADAM,
        10,
        {"cpu": 5000, "cuda": 5000},
    ),
    "vgg11": Work("VGG-11", "vgg11", {"pools": 5}, False, SGD, 4, {"cpu": 512, "cuda": 50_048}),
    "resnet18": Work("ResNet-18", "resnet18", {}, False, SGD, 2, {"cpu": 384, "cuda": 50_048}),
}


@dataclass(frozen=True)
class Way:
    """How a work is done.

    Attributes:
        loop: ``plain``, one network after the other; or ``fit``.
        precision: Of activations and products in a step.
        processes: Which work side by side, each on its share of the networks.
        threads: CPU threads of each.
        workers: Processes that load images; ``plain`` only.
    """

    loop: Loop
    precision: str
    processes: int = 1
    threads: int = 1
    workers: int = 0


@dataclass(frozen=True)
class Outcome:
    """What one process did.

    Attributes:
        seconds: That training took, without the first epoch of each network.
        curve: The rows of all its networks.
        peak_mib: Its largest memory.
        peak_gpu_mib: On the GPU.
    """

    seconds: float
    curve: list[Epoch]
    peak_mib: float
    peak_gpu_mib: float


def data_of(work: Work, images: int, seeds: Sequence[int]) -> TrainingData:
    """The data of some networks, on the CPU."""
    tests = images // TRAIN_PER_TEST
    if work.on_noise:
        inputs = [_normal(work, images + tests, seed) for seed in seeds]
        labels = [_random_labels(images + tests, seed) for seed in seeds]
        x, y = torch.stack(inputs), torch.stack(labels)
        return TrainingData(x[:, :images], y[:, :images], x[:, images:], y[:, images:])
    data = digits.load()
    again = np.arange(images) % len(data.train_labels)
    tested = np.arange(tests) % len(data.test_labels)
    scale = per_dataset(torch.from_numpy(data.train_images))
    train, test = (
        interpolate(scale(torch.from_numpy(part)), size=SIDE).expand(-1, CHANNELS, -1, -1)
        for part in (data.train_images[again], data.test_images[tested])
    )
    known = [
        torch.from_numpy(part) for part in (data.train_labels[again], data.test_labels[tested])
    ]
    ours = [part.expand(len(seeds), -1).contiguous() for part in known]
    return TrainingData(train[None].contiguous(), ours[0], test[None].contiguous(), ours[1])


def _normal(work: Work, count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, *work.shape, generator=_generator(seed, "inputs"))


def _random_labels(count: int, seed: int) -> torch.Tensor:
    return torch.randint(CLASSES, (count,), generator=_generator(seed, "labels"))


def _generator(seed: int, purpose: str) -> torch.Generator:
    return torch.Generator().manual_seed(derive_seed(seed, purpose))


def train(
    work: Work, way: Way, images: int, seeds: Sequence[int], device: torch.device
) -> tuple[float, list[Epoch]]:
    """Train networks in this process.

    Returns:
        The seconds that it took without the first epoch of each network, and the learning curves.
    """
    precision = getattr(torch, way.precision)
    data = data_of(work, images, seeds)
    networks = [
        build_network(work.module, work.options, work.shape, CLASSES, seed).to(device)
        for seed in seeds
    ]
    seconds, began = 0.0, 0.0

    def watch(rows: Sequence[Epoch]) -> None:
        nonlocal seconds, began
        if rows[0].epoch == UNTIMED:
            began = time.perf_counter()
        if rows[0].epoch == work.recipe.max_epochs:
            seconds += time.perf_counter() - began

    if way.loop == "fit":
        resident = replace(
            data,
            train_images=data.train_images.to(device),
            train_labels=data.train_labels.to(device),
            test_images=data.test_images.to(device),
            test_labels=data.test_labels.to(device),
        )
        with tempfile.TemporaryDirectory() as folder:
            _, curve = fit_members(
                networks,
                resident.part,
                work.recipe,
                seeds,
                seeds,
                Saver(Path(folder)),
                precision=precision,
                watch=watch,
            )
        return seconds, curve
    curve = []
    for place, (network, seed) in enumerate(zip(networks, seeds, strict=True)):
        own = data.part(slice(place, place + 1))
        images_of = own.set_of(0)
        own = replace(
            own,
            train_images=own.train_images[images_of : images_of + 1],
            test_images=own.test_images[images_of : images_of + 1],
        )
        curve += train_plainly(network, own, work.recipe, seed, way.workers, precision, watch)
    return seconds, curve


def _in_a_process(
    work: Work, way: Way, seeds: Sequence[int], device: str, together: Barrier
) -> Outcome:
    where = use_device(Compute(device, way.threads))
    # Of fewer images, statistics over as many as `fit` takes would be most of its work.
    networks.BATCH_NORM_IMAGES = work.images[device] // TRAIN_PER_TEST
    together.wait()
    seconds, curve = train(work, way, work.images[device], seeds, where)
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    gpu = torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else 0.0
    return Outcome(seconds, curve, peak, gpu)


def measure(work: Work, seeds: int, way: Way, device: str) -> list[Outcome]:
    """Do a work in fresh processes that begin together."""
    processes = min(way.processes, seeds)
    shares = [list(range(seeds))[place::processes] for place in range(processes)]
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(processes, context) as pool:
        together = manager.Barrier(processes)
        jobs = [pool.submit(_in_a_process, work, way, own, device, together) for own in shares]
        return [job.result() for job in jobs]


def images_per_second(work: Work, device: str, outcomes: Sequence[Outcome]) -> float:
    """Training images of all networks, over the time of the slowest process."""
    seen = work.images[device] * sum(row.epoch > UNTIMED for one in outcomes for row in one.curve)
    return seen / max(one.seconds for one in outcomes)


def ways(loop: Loop, precision: str, device: str, cores: int) -> list[Way]:
    """The ways to do a work of which the fastest is taken."""
    if device == "cuda":
        if loop == "plain":
            return [Way(loop, precision, workers=workers) for workers in (0, 2, 8)]
        return [Way(loop, precision, processes=processes) for processes in (1, 2, 4)]
    counts = sorted({1, cores})
    if loop == "plain":
        return [
            Way(loop, precision, threads=threads, workers=workers)
            for threads, workers in itertools.product(counts, (0, 1, 2))
        ]
    return [Way(loop, precision, processes=cores // one, threads=one) for one in counts]


def bench(names: Sequence[str], device: str, rounds: int, output: Path) -> int:
    """Compare both loops on some works; end with a table on the screen and on disk.

    The fastest way of each loop and precision is found first; of the plain loop, on one network.
    Then all take turns, so that a machine which slows down or speeds up
    does so for all of them.

    Args:
        names: Keys of :data:`WORKS`; none for all of them.
        device: ``cpu`` or ``cuda``.
        rounds: How often each does the work.
        output: The folder for ``<device>.csv``, in which rows of other works stay as they are.

    Raises:
        InputError: A work is unknown, there is no GPU, or the folder cannot be written to.
    """
    for name in set(names) - set(WORKS):
        raise InputError(f"{name}: there is no such work; choose from {', '.join(WORKS)}")
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device: torch finds no GPU here; leave it out")
    make_writable(output)
    if use_device(Compute(device, 1)).type == "cuda":
        torch.cuda.init()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    precisions = ["float32"]
    if device == "cuda" or has_bfloat16():
        precisions.append("bfloat16")
    console = Console()
    hardware: dict[str, Any] = {
        "rounds": rounds,
        "processor": processor(),
        "cores": cores,
        "gpu": gpu() or "none",
        "torch": torch.__version__,
    }
    path = output / f"{device}.csv"
    # What was measured of other works stays.
    table = read_table(path) if path.exists() else None
    names = names or list(WORKS)
    for name in names:
        work = WORKS[name]
        chosen = []
        for precision, loop in itertools.product(precisions, LOOPS):
            speeds = {}
            for way in ways(loop, precision, device, cores or 1):
                seeds = work.seeds if loop == "fit" else 1
                speeds[way] = images_per_second(work, device, measure(work, seeds, way, device))
                console.print(f"{name}: {_described(way)}: {speeds[way]:,.0f} images/s in a trial")
            chosen.append(max(speeds, key=lambda way: speeds[way]))
        results: dict[Way, list[list[Outcome]]] = {way: [] for way in chosen}
        for turn, way in itertools.product(range(rounds), chosen):
            outcomes = measure(work, work.seeds, way, device)
            results[way].append(outcomes)
            speed = images_per_second(work, device, outcomes)
            console.print(f"{name}: {_described(way)}: {speed:,.0f} images/s, round {turn + 1}")
        done = pd.DataFrame([row | hardware for row in _rows(name, device, results)])
        table = done if table is None else pd.concat([table[table["work"] != name], done])
        write_table(table, path)
    if table is not None:
        console.print(_as_text(table[table["work"].isin(names)]))
    console.print(f"{path}; on {hardware}")
    return 0


def _described(way: Way) -> str:
    parts = [way.loop, way.precision, f"{way.processes} × {way.threads} threads"]
    return ", ".join([*parts, f"{way.workers} workers"] if way.loop == "plain" else parts)


def _rows(name: str, device: str, results: dict[Way, list[list[Outcome]]]) -> list[dict[str, Any]]:
    work = WORKS[name]
    speeds = {
        way: [images_per_second(work, device, outcomes) for outcomes in rounds]
        for way, rounds in results.items()
    }
    plain = {way.precision: speeds[way] for way in speeds if way.loop == "plain"}
    found = []
    for way, rounds in results.items():
        last = [
            row for one in rounds[0] for row in one.curve if row.epoch == work.recipe.max_epochs
        ]
        accuracy = mean_interval(np.array([row.test_accuracy for row in last]), "logit")
        median = statistics.median(speeds[way])
        found.append(
            {"work": name, **asdict(way), "seeds": work.seeds, "images": work.images[device]}
            | {"epochs": work.recipe.max_epochs, "batch_size": work.recipe.batch_size}
            | {
                "images_per_second": median,
                "slowest": min(speeds[way]),
                "fastest": max(speeds[way]),
                "times_plain_of_this_precision": median / statistics.median(plain[way.precision]),
                "times_plain_float32": median / statistics.median(plain["float32"]),
                "peak_memory_mib": max(sum(one.peak_mib for one in round_) for round_ in rounds),
                "peak_gpu_memory_mib": max(
                    sum(one.peak_gpu_mib for one in round_) for round_ in rounds
                ),
                "train_loss": statistics.fmean(row.train_loss for row in last),
                "test_accuracy": accuracy.mean,
                "test_accuracy_low": accuracy.low,
                "test_accuracy_high": accuracy.high,
            }
        )
    return found


def _as_text(table: pd.DataFrame) -> Table:
    shown = Table(caption="Medians over rounds, in brackets the slowest and the fastest.")
    for heading in ("work", "loop", "precision", "processes × threads", "images/s", "ratio", "MiB"):
        shown.add_column(heading)
    for row in table.to_dict("records"):
        shown.add_row(
            WORKS[row["work"]].label,
            row["loop"],
            row["precision"],
            f"{row['processes']} × {row['threads']}",
            f"{row['images_per_second']:,.0f} [{row['slowest']:,.0f}, {row['fastest']:,.0f}]",
            f"{row['times_plain_of_this_precision']:.2f}, {row['times_plain_float32']:.2f}",
            f"{row['peak_memory_mib']:,.0f}",
        )
    return shown


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Compare this project's training with a plain PyTorch loop, in a quarter of an "
        "hour on two cores, which should have nothing else to do."
    )
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"{', '.join(WORKS)} (all)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="repetitions of each (%(default)s)")
    parser.add_argument("--output", default="results/bench", help="(%(default)s)")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: give 1 or more")
    try:
        output = Path(as_path(options.output))
        sys.exit(bench(options.works, options.device, options.rounds, output))
    except InputError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
