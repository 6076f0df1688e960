"""The rebuttal's quick start: teachers on noise, and students that learn from them."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import torch
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from torch import Tensor, nn

from rethinking.analysis.summaries import summarised
from rethinking.commands.output import make_writable
from rethinking.figures.helpers.marks import draw_band, rows_with
from rethinking.figures.helpers.style import Style, grid, save, styled
from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver
from rethinking.study.machine import has_bfloat16
from rethinking.tables import write_table
from rethinking.training.curve import Epoch
from rethinking.training.data import TrainingData
from rethinking.training.fit import fit_members
from rethinking.training.networks import build_network
from rethinking.training.recipe import Recipe
from rethinking.training.run import Trained
from rethinking.transfers.agreement import compared, majority_rate

# Called after each epoch, with the number of the program and the rows of the epoch.
Watch = Callable[[int, Sequence[Epoch]], None]
STYLE = Style(width=5.5, font_size=8, png_dpi=200)
MEASURED = ["student_images", "seed", "metric", "value", "unit", "points"]
# Columns of the table on the screen: heading, metric, format.
COLUMNS = (
    ("agreement", "agreement", ".1%"),
    ("Cohen's κ", "kappa", ".3f"),
    ("macro-recall", "macro_recall", ".1%"),
    ("correlation of logits", "logit_correlation", ".3f"),
)


@dataclass(frozen=True)
class Sizes:
    """The sizes of the toy."""

    seeds: int  # teachers, each with its own students
    dimensions: int  # of an input; all are standard normal
    classes: int
    hidden: Sequence[int]  # the widths of the hidden layers of teachers and students
    teacher_images: int  # randomly labelled inputs of a teacher
    # Inputs of students, labelled by the teacher: each student has the first ones of the same.
    student_images: Sequence[int]
    test_images: int  # fresh inputs for the comparison
    epochs: int  # of every training
    batch_size: int
    learning_rate: float  # of Adam


def toy(sizes: Mapping[str, Any], output: Path) -> int:
    """Run the toy with a progress bar, print a table, and write it with a figure.

    Args:
        sizes: The fields of :class:`Sizes`.
        output: The folder for ``toy.csv``, ``toy.pdf`` and ``toy.png``.

    Raises:
        InputError: The folder cannot be written to.
    """
    make_writable(output)
    chosen = Sizes(**sizes)
    # Two threads need two thirds of the time of one on two free cores, but several times as long on
    # busy cores, because they wait for each other by spinning.
    torch.set_num_threads(1)
    started = time.monotonic()
    console = Console()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("epoch {task.completed}/{task.total}"),
        TextColumn("{task.fields[state]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
    ) as progress:
        tasks = [
            progress.add_task(name, total=chosen.epochs, state="", start=False)
            for name in ["teachers", *(f"students, {n} inputs" for n in chosen.student_images)]
        ]

        def watch(program: int, rows: Sequence[Epoch]) -> None:
            loss = sum(row.train_loss for row in rows) / len(rows)
            accuracy = sum(row.train_accuracy for row in rows) / len(rows)
            state = f"loss {loss:.3f}, accuracy {accuracy:.1%}"
            progress.start_task(tasks[program])
            progress.update(tasks[program], completed=rows[0].epoch, state=state)

        runs = compute(chosen, watch)
    summary = summarised(runs, ["student_images", "metric"])
    write_table(summary, output / "toy.csv")
    mpl.use("agg")
    with styled(STYLE):
        save(draw(summary), output / "toy.pdf", output / "toy.png")
    console.print(_as_text(summary, chosen))
    console.print(
        f"{chosen.seeds} teachers and {chosen.seeds * len(chosen.student_images)} students in "
        f"{time.monotonic() - started:.1f} s; {output}/toy.csv, toy.pdf, toy.png"
    )
    return 0


def compute(sizes: Sizes, watch: Watch) -> pd.DataFrame:
    """Train all teachers as one batched program, and all students of each size as another.

    Products are computed in bfloat16 if the processor has instructions for it.

    Returns:
        Columns :data:`MEASURED`; ``student_images`` is 0 in rows of teachers.
    """
    # Losses near zero lead to denormal numbers, which are slow on many CPUs.
    torch.set_flush_denormal(True)
    numbers = {
        "teacher": sizes.teacher_images,
        "student": max(sizes.student_images),
        "fresh": sizes.test_images,
    }
    seeds = range(sizes.seeds)
    shape = (1, 1, sizes.dimensions)
    inputs = {
        name: torch.stack([normal_inputs(n, shape, seed, name) for seed in seeds])
        for name, n in numbers.items()
    }
    labels = torch.stack(
        [random_labels(sizes.teacher_images, sizes.classes, seed) for seed in seeds]
    )
    # Training data need a test set: one input saves time, because the comparison comes later.
    test = inputs["fresh"][:, :1], torch.zeros(sizes.seeds, 1, dtype=torch.int64)
    data = TrainingData(inputs["teacher"], labels, *test)
    teachers = _trained(sizes, data, "teacher", partial(watch, 0))
    of_teachers = {name: _logits(sizes, teachers, own) for name, own in inputs.items()}
    right = (of_teachers["teacher"].argmax(dim=2) == labels).float().mean(dim=1)
    fresh = of_teachers["fresh"].double().numpy()
    rows: list[tuple[Any, ...]] = []
    for seed in seeds:
        n = sizes.teacher_images
        rows.append((0, seed, "train_accuracy", float(right[seed]), "share", n))
        majority = majority_rate(fresh[seed].argmax(1))
        rows.append((0, seed, "majority_rate", majority, "share", len(fresh[0])))
    answers = of_teachers["student"].argmax(dim=2)
    for program, n in enumerate(sizes.student_images, start=1):
        own = inputs["student"][:, :n].contiguous(), answers[:, :n].contiguous()
        data = TrainingData(*own, *test)
        students = _trained(sizes, data, f"student {n}", partial(watch, program))
        of_students = _logits(sizes, students, inputs["fresh"]).double().numpy()
        rows += [
            (n, seed, metric.name, metric.value, metric.unit, metric.points)
            for seed in seeds
            for metric in compared(fresh[seed], of_students[seed], are_logits=True)
        ]
    return pd.DataFrame(rows, columns=MEASURED)


def normal_inputs(n: int, shape: tuple[int, int, int], seed: int, purpose: str) -> Tensor:
    """Draw n standard normal inputs, n×shape."""
    return torch.randn(n, *shape, generator=_generator(seed, purpose))


def random_labels(n: int, classes: int, seed: int) -> Tensor:
    """Draw n labels."""
    return torch.randint(classes, (n,), generator=_generator(seed, "labels"))


def _generator(seed: int, purpose: str) -> torch.Generator:
    return torch.Generator().manual_seed(derive_seed(seed, purpose))


def _network(sizes: Sizes, seed: int) -> nn.Module:
    shape = (1, 1, sizes.dimensions)
    return build_network("mlp", {"hidden": sizes.hidden}, shape, sizes.classes, seed)


def _trained(
    sizes: Sizes, data: TrainingData, purpose: str, watch: Callable[[Sequence[Epoch]], None]
) -> list[Trained]:
    recipe = Recipe(
        name="toy",
        optimizer="adam",
        batch_size=sizes.batch_size,
        learning_rate=sizes.learning_rate,
        momentum=0.9,
        weight_decay=0.0,
        schedule="constant",
        max_epochs=sizes.epochs,
        stop_at_train_accuracy=None,
        scaling="per_dataset",
    )
    seeds = range(sizes.seeds)
    own = [derive_seed(seed, purpose) for seed in seeds]
    precision = torch.bfloat16 if has_bfloat16() else torch.float32
    networks = [_network(sizes, seed) for seed in own]
    with tempfile.TemporaryDirectory() as folder:
        saver = Saver(Path(folder))
        trained, _ = fit_members(
            networks, data.part, recipe, seeds, own, saver, precision=precision, watch=watch
        )
    return trained


@torch.no_grad()
def _logits(sizes: Sizes, trained: Sequence[Trained], inputs: Tensor) -> Tensor:
    """Logits of each network at its own inputs, seeds×N×classes."""
    network = _network(sizes, 0).train(False)
    logits = []
    for member, own in zip(trained, inputs, strict=True):
        network.load_state_dict(member.state)
        logits.append(network(own))
    return torch.stack(logits)


def draw(summary: pd.DataFrame) -> Figure:
    """Draw agreement and κ against the inputs of a student; bands are 95 % intervals over seeds.

    Args:
        summary: Columns student_images, metric, mean, low, high.
    """
    figure, axes = grid(1, 2, (STYLE.width, 0.42 * STYLE.width))
    look = {"color": "#1b3a6b", "marker": "o"}
    majority = 100 * _mean(summary, "majority_rate")
    panels = (
        ("agreement", "agreement with the teacher (%)", 100, majority, "most frequent class"),
        ("kappa", "Cohen's $\\kappa$", 1, 0, "chance"),
    )
    for panel, (metric, name, factor, baseline, what) in zip(axes[0], panels, strict=True):
        rows = rows_with(summary, {"metric": metric})
        draw_band(panel, rows["student_images"], rows, look, factor)
        panel.axhline(baseline, color="#6a6a6a", linestyle="--", linewidth=0.9)
        corner = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        panel.annotate(what, (1, baseline), (0, 3), ha="right", color="#4a4a4a", **corner)
        panel.set(xlabel="inputs of a student", ylabel=name)
        lowest = factor * rows["low"].fillna(rows["mean"]).min()
        panel.set_ylim(bottom=min(0, 1.1 * lowest))
    return figure


def _mean(summary: pd.DataFrame, metric: str) -> float:
    """The mean of a metric that is measured once."""
    return float(rows_with(summary, {"metric": metric})["mean"].iloc[0])


def _as_text(summary: pd.DataFrame, sizes: Sizes) -> Table:
    teacher, majority = (_mean(summary, name) for name in ("train_accuracy", "majority_rate"))
    table = Table(
        title=f"Students of teachers on {sizes.teacher_images} randomly labelled inputs",
        caption=(
            f"Means over {sizes.seeds} seeds, 95 % intervals in brackets, on {sizes.test_images} "
            f"fresh inputs. Teachers fit {teacher:.1%} of their labels. A constant student would "
            f"agree with them on {majority:.1%}, and have no κ above 0."
        ),
    )
    for heading in ("inputs", *(heading for heading, _, _ in COLUMNS)):
        table.add_column(heading, justify="right")
    for n in sizes.student_images:
        rows = summary[summary["student_images"] == n].set_index("metric")
        cells = (_with_interval(rows.loc[metric], spec) for _, metric, spec in COLUMNS)
        table.add_row(str(n), *cells)
    return table


def _with_interval(row: Any, spec: str) -> str:
    mean, low, high = (format(row[end], spec) for end in ("mean", "low", "high"))
    return mean if row["low"] != row["low"] else f"{mean}\n[{low}, {high}]"
