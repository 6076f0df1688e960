"""Measure the agreement of teachers and students of a model."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from torch import nn

from rethinking.data.dataset import Dataset, load
from rethinking.errors import InputError
from rethinking.files import read_json, write_rows
from rethinking.measures import smoothness
from rethinking.measures.helpers.logits import evaluate, standardised
from rethinking.measures.helpers.metric import Metric, Subject
from rethinking.names.columns import METRIC
from rethinking.training.checkpoint import load_block
from rethinking.training.device import use_device
from rethinking.transfers.agreement import (
    compared,
    confusion,
    entropy,
    forced_lipschitz,
    majority_rate,
    margins,
    matched,
)
from rethinking.transfers.images import student_images, test_sets
from rethinking.transfers.kind import CELL, CONFUSION
from rethinking.transfers.members import NEAREST, PAIRS, PERMUTED, TRAINED, Teacher, teachers
from rethinking.transfers.specs import AgreementSpec, StudentsSpec
from rethinking.transfers.teachers import as_inputs, build_teacher, labels_of

# The cell of a row; the source, kind and number of a student's labels, and its learner; and the
# images on which the student is compared with its teacher. Rows about teachers alone have the
# learner ``teacher``.
COLUMNS = (*CELL, "source", "labels", "n2", "learner", "test", "seed", *METRIC)
TEACHER, NONE = "teacher", "none"
MATCHED = "matched"
SMOOTHNESS = (
    "neighbour_distance",
    "jacobian_spectral",
    "lipschitz_lower",
    "lipschitz_upper",
    "path_norm_2",
    "margin",
    "margin_over_lipschitz_lower",
    "local_variation",
    "flip_rate",
)

Answers = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Block:
    """The logits of a block of teachers and their students, and their description."""

    answers: Answers  # see rethinking.transfers.students.train_students
    about: Mapping[str, Any]  # see there
    seeds: Sequence[int]  # of the teachers, in order

    def teacher(self, source: str, seed: int, test: str) -> NDArray[Any]:
        """The logits of a teacher, images×classes."""
        logits: NDArray[Any] = self.answers[f"teacher/{source}/{test}"][self.seeds.index(seed)]
        return logits

    @property
    def tests(self) -> list[str]:
        """The names of the sets of images for comparisons."""
        return [name.split("/")[1] for name in self.answers if name.startswith("students/")]

    def diverged(self, seed: int) -> bool:
        """Whether the trained teacher has no finite logits."""
        return any(
            teacher["status"] == "diverged"
            for teacher in self.about["teachers"]
            if (teacher["seed"], teacher["variant"]) == (seed, TRAINED)
        )


def measure_cells(
    dataset: Path,
    weights: list[Path],
    infos: list[Path],
    answers: list[Path],
    abouts: list[Path],
    table: Path,
    spec: AgreementSpec,
) -> None:
    """Measure all cells of a model in a transfer; write a table with :data:`COLUMNS`.

    Each block of each cell has teachers (``weights``) with the outcomes of their training
    (``infos``), and the logits of teachers and students (``answers``) with their description.
    """
    base = load(dataset)
    device = use_device(spec.compute)

    def rows() -> Iterator[list[Any]]:
        measured = set()
        paths = zip(spec.cells, weights, infos, answers, abouts, strict=True)
        for cell, weights_file, info, answers_file, about in paths:
            block = Block(_load(answers_file), read_json(about), cell.seeds)
            for seed in (seed for seed in cell.seeds if seed in spec.seeds):
                metrics = list(measured_answers(block, cell, seed))
                teacher = (cell.images, cell.n1, seed)
                # One teacher may have students on several kinds of images.
                if spec.smoothness and not block.diverged(seed) and teacher not in measured:
                    measured.add(teacher)
                    network = build_teacher(base, cell, Teacher(seed))
                    index = teachers(cell).index(Teacher(seed))
                    network.load_state_dict(load_block(weights_file, info)[index].state)
                    metrics += measured_smoothness(
                        network.to(device).train(False), cell, base, seed, spec.smoothness
                    )
                for keys, metric in metrics:
                    yield _row(cell, keys, seed, metric)

    write_rows(table, COLUMNS, rows())


# Source, labels, n2, learner, test.
Keys = tuple[str, str, int, str, str]


def measured_answers(block: Block, cell: StudentsSpec, seed: int) -> Iterator[tuple[Keys, Metric]]:
    """All metrics of a teacher, given by its seed, and of each of its students.

    For each teacher, and for the sources that replace it, these are ``majority_rate`` and
    ``entropy`` (bits) of the classes on each set. For the trained teacher there are
    ``train_accuracy``, ``interpolated``, ``steps`` (until its training ended), ``steps_to_fit``,
    and its agreement with its pairs. For each student these are ``train_accuracy`` on its own
    labels, and ``rethinking.transfers.agreement.compared`` on each set. The set ``matched`` has,
    for each training image, the fresh image with the most similar margin of the teacher;
    ``unmatched`` is the share of training images whose margins are above those of all fresh images.
    """
    if block.diverged(seed):
        yield (TRAINED, NONE, 0, TEACHER, "own"), Metric("interpolated", 0.0, "seeds", points=1)
        return
    yield from _of_teacher(block, seed)
    for index, student in enumerate(block.about["students"]):
        if student["seed"] != seed:
            continue
        # Students of permuted labels are compared with the teacher whose labels were permuted.
        source = TRAINED if student["source"] == PERMUTED else student["source"]
        keys = [student[key] for key in ("source", "labels", "n2", "learner")]
        are_logits = source != NEAREST and student["learner"] != "neighbours"
        right = Metric("train_accuracy", student["train_accuracy"], "share", student["n2"])
        yield (*keys, "learnt"), right
        for test in block.tests:
            teacher = block.teacher(source, seed, test)
            own = block.answers[f"students/{test}"][index]
            for metric in _compared(teacher, own, are_logits=are_logits):
                yield (*keys, test), metric
        if student["source"] == TRAINED:
            sure = [margins(block.teacher(TRAINED, seed, test)) for test in ("own", "fresh")]
            fresh = matched(*sure)
            teacher = block.teacher(TRAINED, seed, "fresh")[fresh]
            own = block.answers["students/fresh"][index][fresh]
            for metric in _compared(teacher, own, are_logits=are_logits):
                yield (*keys, MATCHED), metric
        if student["n2"] == max(cell.n2) and (source, keys[3]) == (TRAINED, "network"):
            yield from _confusion(block, seed, index, tuple(keys))


def _of_teacher(block: Block, seed: int) -> Iterator[tuple[Keys, Metric]]:
    sources = dict.fromkeys(name.split("/")[1] for name in block.answers if "teacher/" in name)
    for source in sources:
        for test in block.tests:
            logits = block.teacher(source, seed, test)
            classes = logits.argmax(axis=1)
            keys = (source, NONE, 0, TEACHER, test)
            yield keys, Metric("majority_rate", majority_rate(classes), "share", len(classes))
            yield keys, Metric("entropy", entropy(classes, logits.shape[1]), "size")
            if source in PAIRS:
                trained = block.teacher(TRAINED, seed, test)
                for metric in _compared(trained, logits, are_logits=True):
                    yield keys, metric
    own = block.teacher(TRAINED, seed, "own")
    labels = block.answers["labels"][block.seeds.index(seed)]
    keys = (TRAINED, NONE, 0, TEACHER, "own")
    right = float((own.argmax(axis=1) == labels).mean())
    yield keys, Metric("train_accuracy", right, "share", len(labels))
    for teacher in block.about["teachers"]:
        if teacher["seed"] == seed:
            keys = (teacher["variant"], NONE, 0, TEACHER, "own")
            fitted = teacher["status"] == "interpolated"
            yield keys, Metric("interpolated", float(fitted), "seeds", points=1)
            yield keys, Metric("steps", teacher["steps"], "size")
            yield keys, Metric("steps_to_fit", teacher["steps"] if fitted else math.nan, "size")
    sure = margins(own)
    surest = margins(block.teacher(TRAINED, seed, "fresh")).max()
    keys = (TRAINED, NONE, 0, TEACHER, MATCHED)
    yield keys, Metric("unmatched", float((sure > surest).mean()), "share", len(sure))


def _compared(
    teacher: NDArray[Any], student: NDArray[Any], *, are_logits: bool
) -> Iterator[Metric]:
    """The metrics of ``compared``; for a student that diverged their names, with a note."""
    diverged = not np.isfinite(student).all()
    for metric in compared(teacher, teacher if diverged else student, are_logits=are_logits):
        yield replace(metric, value=math.nan, note="diverged") if diverged else metric


def _confusion(
    block: Block, seed: int, index: int, keys: tuple[Any, ...]
) -> Iterator[tuple[Keys, Metric]]:
    teacher = block.teacher(TRAINED, seed, "fresh")
    student = block.answers["students/fresh"][index]
    if not np.isfinite(student).all():
        return
    counts = confusion(teacher.argmax(axis=1), student.argmax(axis=1), teacher.shape[1])
    for (x, y), count in np.ndenumerate(counts):
        yield (*keys, "fresh"), Metric(CONFUSION, float(count), x=x, y=y)


def measured_smoothness(
    network: nn.Module, cell: StudentsSpec, dataset: Dataset, seed: int, options: Mapping[str, Any]
) -> Iterator[tuple[Keys, Metric]]:
    """Smoothness of a trained teacher, at uniform noise if it was trained on bytes.

    These are the metrics of ``rethinking.measures.smoothness`` in :data:`SMOOTHNESS`, and
    ``forced_lipschitz``, the constant that the teacher's classification of its own images forces,
    in the same units.
    """
    device = next(network.parameters()).device
    sets = test_sets(dataset, cell.images, cell.n1, cell.student_images, cell.tests, seed)
    if "uniform_noise" in sets:
        images = sets["uniform_noise"]
    else:
        fresh = student_images(dataset, cell.student_images, 1, cell.tests, seed, taken=cell.n1)
        images = fresh.test
    own, inputs = (as_inputs(dataset, cell, each, device) for each in (sets["own"], images))
    labels = torch.from_numpy(labels_of(dataset, cell, Teacher(seed))[0]).to(device)
    # Noise has the teacher's classes as labels; none of the metrics in use depends on them.
    classes = evaluate(network, inputs).argmax(dim=1)
    subject = Subject(network, True, own, labels, inputs, classes, seed)
    keys = (TRAINED, NONE, 0, TEACHER, "own")
    for metric in smoothness.measure(subject, **options):
        if metric.name in SMOOTHNESS and math.isnan(metric.x):
            yield keys, metric
    logits = evaluate(standardised(network, inputs), own)
    forced = forced_lipschitz(*(each.cpu().double().numpy() for each in (logits, labels, own)))
    yield keys, Metric("forced_lipschitz", forced, "size")


def _row(cell: StudentsSpec, keys: Keys, seed: int, m: Metric) -> list[Any]:
    names = [cell.dataset.name, cell.model.name, cell.images, cell.n1, cell.student_images]
    metric = [m.name, m.x, m.y, m.value, m.unit, m.points, m.note]
    return [*names, *keys, seed, *metric]


def _load(path: Path) -> Answers:
    try:
        answers: Answers = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"{path}: damaged ({error}); delete it to have it rebuilt") from error
    return answers
