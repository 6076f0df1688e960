"""What `scale: full` takes with more seeds: steps, queue entries, products, storage.

    python docs/scale.py 5 50 500      prints the table of docs/scale.md; in the project's folder

Steps, queue entries, time and memory of a plan are those of a dry run; products (multiply-adds, of
which one is two operations) are counted by torch in one forward and backward pass of each network;
sizes of weights follow from the networks. Nothing is trained.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import yaml

from rethinking.commands.operations import training_operations
from rethinking.networks import study
from rethinking.training.networks import build_network
from rethinking.transfers import study as transfers
from rethinking.transfers.students import students
from rethinking.transfers.teachers import teachers

SCALE = "full"
TARGET = "paper"
# CIFAR-10.
SHAPE, CLASSES, TRAIN_IMAGES, TEST_IMAGES = (3, 32, 32), 10, 50_000, 10_000
# Plans for more seeds than this take too long to make.
PLANNED_UP_TO = 100
# Assumed, not measured.
RATES = (20e12, 100e12)
# Measured: seed 0 of every condition on CIFAR-10, of which images are stored for three: 8-bit
# shuffled and random pixels, and gaussian ones in float32.
CORRUPTED_BYTES = 2 * 184_320_328 + 737_280_328 + 5 * 400_232
# A child of this process would count its memory, which is larger than that of a plan.
CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, end="")
"""


def with_seeds(count: int) -> dict[str, Any]:
    """What a config file changes so that everything has so many seeds."""
    sizes = yaml.safe_load(Path("config.yaml").read_text())["scales"][SCALE]
    seeds = {
        kind: {name: {"seeds": count} for name in sizes[kind]}
        for kind in ("models", "constructions")
    }
    return {"scale": SCALE, "scales": {SCALE: seeds}}


def planned(count: int) -> dict[str, Any]:
    """Steps, queue entries and cost of a dry run on a cluster."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(with_seeds(count), file)
        file.flush()
        configs = ["profiles/slurm/device.yaml", file.name]
        # The default profile's logger leaves groups out.
        command = ["snakemake", "--profile", "slurm", "--workflow-profile", "none", "--dry-run"]
        command += ["--configfile", *configs]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *command], capture_output=True, text=True, check=True
        )
        seconds = time.monotonic() - began
    table = done.stdout.partition("job ")[2].partition("total")[0]
    steps = {name: int(number) for name, number in re.findall(r"^(\w+) +(\d+)$", table, re.M)}
    groups = Counter(re.findall(r"Group job (\w+) ", done.stdout))
    # Those without a group have an entry each; downloads and the target have none.
    profile = yaml.safe_load(Path("profiles/slurm/config.yaml").read_text())
    grouped = {entry.partition("=")[0] for entry in profile["groups"]} | {"download", TARGET}
    entries = dict(groups) | {name: n for name, n in steps.items() if name not in grouped}
    peak = int(done.stdout.rpartition("\n")[2])
    return {"steps": steps, "entries": entries, "seconds": seconds, "peak_mib": peak / 1024}


def cost(spec: dict[str, Any], crop: int | None) -> tuple[int, int]:
    """Bytes of a network's weights, and multiply-adds of training it on one image.

    Args:
        spec: The model, as a job's spec describes it.
        crop: Pixels a side of what it sees; None for whole images.
    """
    shape = (SHAPE[0], crop or SHAPE[1], crop or SHAPE[2])
    with torch.device("meta"):
        built = build_network(spec["module"], spec["options"], shape, CLASSES, seed=0)
    size = sum(tensor.numel() * tensor.element_size() for tensor in built.state_dict().values())
    return size, int(training_operations(spec, shape)) // 2


def trained(config: dict[str, Any]) -> Counter[str]:
    """Bytes and multiply-adds of one seed, if all networks train to the end of their budget."""
    found: Counter[str] = Counter()
    settings = {
        setting
        for name in study.experiments(config, SCALE)
        for setting in study.settings(config, SCALE, name)
    }
    for one in settings:
        model = study.model_spec(config, SCALE, one.model, one.recipe)
        recipe = study.recipe_spec(config, SCALE, one.model, one.recipe)
        size, products = cost(model, recipe["crop"])
        # A forward pass is a third of a training step.
        images = recipe["max_epochs"] * (TRAIN_IMAGES + TEST_IMAGES / 3)
        found["runs, bytes"] += size
        found["runs, products"] += int(products * images)
    for transfer in transfers.transfers(config, SCALE):
        for name in transfers.models(config, SCALE, transfer):
            count = len(study.block_seeds(config, SCALE, name, 0))
            for cell in transfers.cells(config, SCALE, transfer, name):
                found += lessons(config, cell, count)
    return found


def lessons(config: dict[str, Any], cell: transfers.Cell, count: int) -> Counter[str]:
    """The same of the teachers and students of one cell, for one of the seeds of its block."""
    found: Counter[str] = Counter()
    told = transfers.students_spec(config, SCALE, cell, 0)
    size, products = cost(told["model"], None)
    recipes = {
        "teachers": (transfers.teachers_spec(config, SCALE, cell, 0)["recipe"], teachers(told)),
        "students": (
            told["recipe"],
            [one for one in students(told) if one.learner == "network"],
        ),
    }
    for who, (recipe, all_of_block) in recipes.items():
        images = recipe["max_epochs"] * recipe["epoch_steps"] * recipe["batch_size"]
        found["transfers, products"] += products * images * len(all_of_block) // count
        if who == "teachers":
            found["transfers, bytes"] += size * len(all_of_block) // count
    # Answers to the pool of students and to what all are asked, as float32.
    asked = max(told["n2"]) + 2 * told["tests"]
    found["transfers, bytes"] += asked * CLASSES * 4 * len(students(told)) // count
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("seeds", type=int, nargs="+")
    counts = parser.parse_args().seeds
    config = yaml.safe_load(Path("config.yaml").read_text()) | {
        "device": "cuda",
        "precision": "float32",
    }
    one = trained(config)
    plans = {count: planned(count) for count in counts if count <= PLANNED_UP_TO}
    last = plans[max(plans)]
    head = "| | " + " | ".join(f"{count} seeds" for count in counts) + " |"
    print(head, "|---|" + "---:|" * len(counts), sep="\n")

    def row(name: str, values: list[str]) -> None:
        print(f"| {name} | " + " | ".join(values) + " |")

    def of_plans(name: str, value: Callable[[dict[str, Any]], float], *, linear: bool) -> None:
        """A row; of too many seeds for a plan on the line through the two largest, if it is one."""
        known = {count: value(plan) for count, plan in plans.items()}
        values = [f"{known[count]:,.0f}" if count in known else "" for count in counts]
        if linear and len(known) > 1:
            (x, first), (z, last) = sorted(known.items())[-2:]
            slope = (last - first) / (z - x)
            values = [
                one or f"≈ {last + slope * (count - z):,.0f}"
                for one, count in zip(values, counts, strict=True)
            ]
        row(name, values)

    for key in ("steps", "entries"):
        of_plans(f"**{key}**", lambda plan, key=key: sum(plan[key].values()), linear=True)
        names = sorted(last[key], key=lambda name, key=key: -last[key][name])
        for name in names[: 7 if key == "steps" else None]:
            of_plans(name, lambda plan, key=key, name=name: plan[key].get(name, 0), linear=True)
    of_plans("time of the plan, s", lambda plan: plan["seconds"], linear=False)
    of_plans("memory of the plan, MiB", lambda plan: plan["peak_mib"], linear=False)
    for what in ("runs", "transfers"):
        peta = one[f"{what}, products"] * 2 / 1e15
        row(f"{what}, at most, 10¹⁵ operations", [f"{count * peta:,.0f}" for count in counts])
    total = 2 * (one["runs, products"] + one["transfers, products"])
    for rate in RATES:
        hours = [f"{count * total / rate / 3600:,.0f}" for count in counts]
        row(f"GPU hours at {rate / 1e12:.0f}·10¹² operations a second", hours)
    for what in ("runs", "transfers"):
        row(f"{what}, GB", [f"{count * one[f'{what}, bytes'] / 1e9:,.0f}" for count in counts])
    row("corrupted data, GB", [f"{count * CORRUPTED_BYTES / 1e9:,.0f}" for count in counts])


if __name__ == "__main__":
    sys.exit(main())
