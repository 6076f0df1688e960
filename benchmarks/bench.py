"""Compare this project's training with a plain PyTorch loop on the same work.

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
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch.nn.functional import interpolate

from benchmarks.plain_loop import train_plainly
from rethinking.analysis.intervals import mean_interval
from rethinking.commands.output import make_writable
from rethinking.commands.toy import normal_inputs, random_labels
from rethinking.data.sources import digits
from rethinking.errors import InputError
from rethinking.names.specs import Compute
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
# Training images per test image, and per image of BatchNorm's statistics, as with CIFAR-10.
TRAIN_PER_TEST = 5
# The first epoch of each network is not timed: it allocates memory and starts workers.
UNTIMED = 1
Loop = Literal["plain", "fit"]
LOOPS: tuple[Loop, ...] = ("plain", "fit")


@dataclass(frozen=True)
class Work:
    """Networks to train."""

    label: str  # in the table on the screen
    module: str  # a module of rethinking.models
    options: dict[str, Any]  # of the module's ``build``
    # Whether each network has its own normal inputs with random labels, as in the rebuttal's toy;
    # else all have scikit-learn's digits, enlarged to 32×32 with 3 channels.
    on_noise: bool
    recipe: Recipe  # with a constant rate, without early stopping
    seeds: int  # the number of networks
    images: dict[str, int]  # training images by device; digits are repeated if they are too few

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
    """A way to do a work."""

    loop: Loop  # plain, one network after the other; or fit
    precision: str  # of activations and products in a step
    processes: int = 1  # side by side, each with a share of the networks
    threads: int = 1  # CPU threads of each process
    workers: int = 0  # processes that load images, for plain only


@dataclass(frozen=True)
class Outcome:
    """The result of one process."""

    seconds: float  # of training, without the first epoch of each network
    curve: list[Epoch]  # the learning curves of all its networks
    peak_mib: float  # the largest memory of the process
    peak_gpu_mib: float  # the largest memory on the GPU


def data_of(work: Work, images: int, seeds: Sequence[int]) -> TrainingData:
    """The data of some networks, on the CPU."""
    tests = images // TRAIN_PER_TEST
    if work.on_noise:
        n = images + tests
        x = torch.stack([normal_inputs(n, work.shape, seed, "inputs") for seed in seeds])
        y = torch.stack([random_labels(n, CLASSES, seed) for seed in seeds])
        return TrainingData(x[:, :images], y[:, :images], x[:, images:], y[:, images:])
    data = digits.load()
    scale = per_dataset(torch.from_numpy(data.train_images))

    def repeated(
        pictures: NDArray[np.uint8], labels: NDArray[np.int64], n: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        rows = np.arange(n) % len(labels)
        large = interpolate(scale(torch.from_numpy(pictures[rows])), size=SIDE)
        own = torch.from_numpy(labels[rows]).expand(len(seeds), -1)
        return large.expand(-1, CHANNELS, -1, -1)[None].contiguous(), own.contiguous()

    train = repeated(data.train_images, data.train_labels, images)
    return TrainingData(*train, *repeated(data.test_images, data.test_labels, tests))


def train(
    work: Work, way: Way, images: int, seeds: Sequence[int], device: torch.device
) -> tuple[float, list[Epoch]]:
    """Train networks in this process.

    Returns:
        The seconds of training without the first epoch of each network, and the learning curves.
    """
    precision = getattr(torch, way.precision)
    data = data_of(work, images, seeds)
    networks = [
        build_network(work.module, work.options, work.shape, CLASSES, seed).to(device)
        for seed in seeds
    ]
    seconds, start = 0.0, 0.0

    def watch(rows: Sequence[Epoch]) -> None:
        nonlocal seconds, start
        if rows[0].epoch == UNTIMED:
            start = time.perf_counter()
        if rows[0].epoch == work.recipe.max_epochs:
            seconds += time.perf_counter() - start

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
    for index, (network, seed) in enumerate(zip(networks, seeds, strict=True)):
        own = data.part(slice(index, index + 1))
        images_of = slice(own.set_of(0), own.set_of(0) + 1)
        own = replace(
            own,
            train_images=own.train_images[images_of],
            test_images=own.test_images[images_of],
        )
        curve += train_plainly(network, own, work.recipe, seed, way.workers, precision, watch)
    return seconds, curve


def _in_a_process(
    work: Work, way: Way, seeds: Sequence[int], device: str, together: Barrier
) -> Outcome:
    where = use_device(Compute(device, way.threads))
    # With few images, most of the time of `fit` would go into its default of statistics.
    networks.BATCH_NORM_IMAGES = work.images[device] // TRAIN_PER_TEST
    together.wait()
    seconds, curve = train(work, way, work.images[device], seeds, where)
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    gpu = torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else 0.0
    return Outcome(seconds, curve, peak, gpu)


def measure(work: Work, seeds: int, way: Way, device: str) -> list[Outcome]:
    """Do a work in fresh processes that start together."""
    processes = min(way.processes, seeds)
    shares = [list(range(seeds))[index::processes] for index in range(processes)]
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(processes, context) as pool:
        together = manager.Barrier(processes)
        jobs = [pool.submit(_in_a_process, work, way, own, device, together) for own in shares]
        return [job.result() for job in jobs]


def images_per_second(work: Work, device: str, outcomes: Sequence[Outcome]) -> float:
    """Training images of all networks, over the time of the slowest process."""
    epochs = sum(row.epoch > UNTIMED for outcome in outcomes for row in outcome.curve)
    return work.images[device] * epochs / max(outcome.seconds for outcome in outcomes)


def ways(loop: Loop, precision: str, device: str, cores: int) -> list[Way]:
    """The ways to do a work, of which the fastest is compared."""
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
    return [Way(loop, precision, processes=cores // count, threads=count) for count in counts]


def bench(names: Sequence[str], device: str, rounds: int, output: Path) -> int:
    """Compare both loops on some works; print a table and write it.

    The fastest way of each loop and precision is found first, with one network for the plain loop.
    Then these ways take turns, so that changes of the machine's speed affect all of them.

    Args:
        names: Keys of :data:`WORKS`; none for all works.
        device: ``cpu`` or ``cuda``.
        rounds: The number of repetitions of each work.
        output: The folder for ``<device>.csv``, where rows of other works stay.

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
    rows = []
    for way, rounds in results.items():
        curves = [row for outcome in rounds[0] for row in outcome.curve]
        last = [row for row in curves if row.epoch == work.recipe.max_epochs]
        accuracy = mean_interval(np.array([row.test_accuracy for row in last]), "logit")
        median = statistics.median(speeds[way])
        rows.append(
            {"work": name, **asdict(way), "seeds": work.seeds, "images": work.images[device]}
            | {"epochs": work.recipe.max_epochs, "batch_size": work.recipe.batch_size}
            | {
                "images_per_second": median,
                "slowest": min(speeds[way]),
                "fastest": max(speeds[way]),
                "times_plain_of_this_precision": median / statistics.median(plain[way.precision]),
                "times_plain_float32": median / statistics.median(plain["float32"]),
                "peak_memory_mib": max(sum(each.peak_mib for each in one) for one in rounds),
                "peak_gpu_memory_mib": max(
                    sum(each.peak_gpu_mib for each in one) for one in rounds
                ),
                "train_loss": statistics.fmean(row.train_loss for row in last),
                "test_accuracy": accuracy.mean,
                "test_accuracy_low": accuracy.low,
                "test_accuracy_high": accuracy.high,
            }
        )
    return rows


def _as_text(table: pd.DataFrame) -> Table:
    headings = ("work", "loop", "precision", "processes × threads", "images/s", "ratio", "MiB")
    caption = "Medians over rounds, in brackets the slowest and the fastest."
    printed = Table(*headings, caption=caption)
    for row in table.to_dict("records"):
        printed.add_row(
            WORKS[row["work"]].label,
            row["loop"],
            row["precision"],
            f"{row['processes']} × {row['threads']}",
            f"{row['images_per_second']:,.0f} [{row['slowest']:,.0f}, {row['fastest']:,.0f}]",
            f"{row['times_plain_of_this_precision']:.2f}, {row['times_plain_float32']:.2f}",
            f"{row['peak_memory_mib']:,.0f}",
        )
    return printed


def main() -> None:
    """Parse the command line and run :func:`bench`."""
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
