"""What `scale: full` takes with more seeds: steps, queue entries, operations, storage.

    python docs/scale.py 5 50 500      prints the table of docs/scale.md; in the project's folder

Steps, queue entries, processor time and memory of a plan are those of a dry run. Operations and
bytes follow from the specs of the planned jobs: torch counts the operations of each network in one
forward and one backward pass, and sizes of files follow from the shapes of what they hold. Nothing
is trained.
"""

import argparse
import contextlib
import io
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
import yaml

from rethinking.commands.operations import job_operations
from rethinking.commands.plan import plan
from rethinking.data.corrupt import corrupt
from rethinking.data.dataset import ARRAYS, Dataset
from rethinking.data.specs import CorruptSpec
from rethinking.names.condition import parse_condition
from rethinking.names.specs import ModelSpec
from rethinking.networks.specs import TrainSpec
from rethinking.study.images import image_shape, train_image_count
from rethinking.training.networks import build_network
from rethinking.transfers.images import test_sets
from rethinking.transfers.members import SOURCES, students, teachers
from rethinking.transfers.specs import StudentsSpec, TeachersSpec

SCALE = "full"
TARGET = "paper"
DEVICE = "profiles/slurm/device.yaml"
# Of CIFAR-10 and of MNIST.
CLASSES, TEST_IMAGES = 10, 10_000
# Plans for more seeds than this take too long to make.
PLANNED_UP_TO = 100
# Assumed, not measured.
RATES = (20e12, 100e12)
RUNS, TRANSFERS, DATA = "runs", "transfers", "corrupted data"
# What the steps are for that train most and write most.
WHAT = {"train": RUNS, "teachers": TRANSFERS, "students": TRANSFERS, "corrupted": DATA}
# A child of this process would count its memory, which is larger than that of a plan.
CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, end="")
"""


@contextlib.contextmanager
def config_with_seeds(count: int) -> Iterator[list[str]]:
    """Options for a config in which everything has so many seeds, and no result is there yet."""
    sizes = yaml.safe_load(Path("config.yaml").read_text())["scales"][SCALE]
    seeds = {
        section: {name: {"seeds": count} for name in sizes[section]}
        for section in ("models", "constructions")
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "seeds.yaml")
        changed = {"scale": SCALE, "results_dir": f"{folder}/results", "scales": {SCALE: seeds}}
        file.write_text(yaml.safe_dump(changed))
        yield ["--configfile", DEVICE, str(file)]


def dry_run(count: int) -> dict[str, Any]:
    """Steps, queue entries and cost (processor time, memory) of a dry run on a cluster."""
    with config_with_seeds(count) as options:
        # The default profile's logger leaves groups out.
        command = ["snakemake", "--profile", "slurm", "--workflow-profile", "none", "--dry-run"]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, sys.executable, "-m", *command, *options],
            capture_output=True,
            text=True,
            check=True,
        )
    table = done.stdout.partition("job ")[2].partition("total")[0]
    steps = {name: int(number) for name, number in re.findall(r"^(\w+) +(\d+)$", table, re.M)}
    groups = Counter(re.findall(r"Group job (\w+) ", done.stdout))
    # Steps without a group have an entry each; downloads and the target have none.
    profile = yaml.safe_load(Path("profiles/slurm/config.yaml").read_text())
    grouped = {entry.partition("=")[0] for entry in profile["groups"]} | {"download", TARGET}
    entries = dict(groups) | {name: n for name, n in steps.items() if name not in grouped}
    seconds, peak = map(float, done.stdout.rpartition("\n")[2].split())
    return {"steps": steps, "entries": entries, "seconds": seconds, "peak_mib": peak}


def needs_of_a_seed(count: int) -> Counter[tuple[str, str]]:
    """Operations and bytes of one seed, by what they are for: those of the blocks of seed 0."""
    with config_with_seeds(count) as options, contextlib.redirect_stdout(io.StringIO()):
        steps = plan(options).steps
    found: Counter[tuple[str, str]] = Counter()
    for step in steps:
        if step.rule not in WHAT or 0 not in step.spec["seeds"]:
            continue
        source = {"source": step.spec["dataset"]["source"]}
        shape, images = image_shape(source) or (), train_image_count(source) or 0
        # A run is evaluated on the test images after each epoch, by a third of a training step.
        operations = job_operations(step.rule, step.spec, shape, images + TEST_IMAGES // 3)
        seeds = len(step.spec["seeds"])
        found[WHAT[step.rule], "operations"] += int(operations or 0) // seeds
        found[WHAT[step.rule], "bytes"] += size_of(step.rule, step.spec, shape, images) // seeds
    return found


def size_of(rule: str, spec: Mapping[str, Any], shape: tuple[int, ...], images: int) -> int:
    """Bytes of the large file of a job, but for its header."""
    match rule:
        case "train":
            train = msgspec.convert(spec, TrainSpec)
            side = train.recipe.crop or shape[1]
            return len(train.seeds) * weights_of(train.model, (shape[0], side, side))
        case "teachers":
            block = msgspec.convert(spec, TeachersSpec)
            return len(teachers(block)) * weights_of(block.model, shape)
        case "students":
            return answers_of(msgspec.convert(spec, StudentsSpec), shape)
    return corrupted_of(msgspec.convert(spec, CorruptSpec), shape, images)


def weights_of(model: ModelSpec, shape: tuple[int, ...]) -> int:
    """Bytes of the weights and buffers of a network."""
    with torch.device("meta"):
        network = build_network(model.module, model.options, shape, CLASSES, seed=0)
    return sum(tensor.nbytes for tensor in network.state_dict().values())


def answers_of(spec: StudentsSpec, shape: tuple[int, ...]) -> int:
    """Bytes of the logits of all teachers and students, and of the labels of teachers."""
    sets = test_sets(few_images(shape), spec.images, 1, spec.student_images, 1, seed=0)
    queries = sum({"fresh": spec.tests, "own": spec.n1}.get(one, spec.tests)
                  for one in {"fresh", *sets})  # fmt: skip
    # The trained teacher gives the permuted labels.
    who = len(teachers(spec)) + (len(SOURCES) - 1) * len(spec.seeds) + len(students(spec))
    return 4 * CLASSES * queries * who + 8 * spec.n1 * len(spec.seeds)


def corrupted_of(spec: CorruptSpec, shape: tuple[int, ...], images: int) -> int:
    """Bytes of the arrays that a condition changes."""
    base = few_images(shape)
    changed = corrupt(base, parse_condition(spec.condition), seed=0)
    counts = {"train": images, "test": TEST_IMAGES}
    return len(spec.seeds) * sum(
        counts[name.partition("_")[0]] * getattr(changed, name)[0].nbytes
        for name in ARRAYS
        if getattr(changed, name) is not getattr(base, name)
    )


def few_images(shape: tuple[int, ...]) -> Dataset:
    """A data set of two images, of which one is for testing."""
    images = np.random.default_rng(0).integers(256, size=(2, *shape), dtype=np.uint8)
    labels = np.zeros(1, dtype=np.int64)
    names = tuple(map(str, range(CLASSES)))
    return Dataset(images[:1], labels, images[1:], labels, names)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("seeds", type=int, nargs="+")
    counts = parser.parse_args().seeds
    one = needs_of_a_seed(min(counts))
    plans = {count: dry_run(count) for count in counts if count <= PLANNED_UP_TO}
    last = plans[max(plans)]
    head = "| | " + " | ".join(f"{count} seeds" for count in counts) + " |"
    print(head, "|---|" + "---:|" * len(counts), sep="\n")

    def row(name: str, values: Iterable[str]) -> None:
        print(f"| {name} | " + " | ".join(values) + " |")

    def of_plans(name: str, value: Callable[[dict[str, Any]], float], *, linear: bool) -> None:
        """A row; of too many seeds for a plan on the line through the two largest, if it is one."""
        known = {count: value(plan) for count, plan in plans.items()}
        values = {count: f"{number:,.0f}" for count, number in known.items()}
        if linear and len(known) > 1:
            (x, first), (z, last) = sorted(known.items())[-2:]
            slope = (last - first) / (z - x)
            values = {count: f"≈ {last + slope * (count - z):,.0f}" for count in counts} | values
        row(name, (values.get(count, "") for count in counts))

    def of_seeds(name: str, each: float) -> None:
        """A row that is proportional to the number of seeds."""
        row(name, (f"{count * each:,.0f}" for count in counts))

    for key in ("steps", "entries"):
        of_plans(f"**{key}**", lambda plan, key=key: sum(plan[key].values()), linear=True)
        names = sorted(last[key], key=lambda name, key=key: -last[key][name])
        for name in names[: 7 if key == "steps" else None]:
            of_plans(name, lambda plan, key=key, name=name: plan[key].get(name, 0), linear=True)
    of_plans("processor time of the plan, s", lambda plan: plan["seconds"], linear=False)
    of_plans("memory of the plan, MiB", lambda plan: plan["peak_mib"], linear=False)
    for what in (RUNS, TRANSFERS):
        of_seeds(f"{what}, at most, 10¹⁵ operations", one[what, "operations"] / 1e15)
    total = one[RUNS, "operations"] + one[TRANSFERS, "operations"]
    for rate in RATES:
        of_seeds(f"GPU hours at {rate / 1e12:.0f}·10¹² operations a second", total / rate / 3600)
    for what in (RUNS, TRANSFERS, DATA):
        of_seeds(f"{what}, GB", one[what, "bytes"] / 1e9)


if __name__ == "__main__":
    main()
