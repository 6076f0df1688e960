"""Train students on fresh images with teachers' labels, and save the logits of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save as to_bytes
from torch import Tensor, nn
from torch.nn.functional import one_hot

from rethinking.data.dataset import Dataset, load
from rethinking.files import read_json, write_bytes, write_json
from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver, resumable
from rethinking.training.checkpoint import load_block
from rethinking.training.curve import Epoch, write_curve
from rethinking.training.data import TrainingData
from rethinking.training.device import use_device
from rethinking.training.fit import fit_members
from rethinking.training.networks import build_network, logits_of, refresh_batch_norm
from rethinking.transfers.images import student_images, test_sets
from rethinking.transfers.members import (
    CENTRED,
    NEAREST,
    PERMUTED,
    TRAINED,
    UNTRAINED,
    Student,
    Teacher,
    students,
    teachers,
)
from rethinking.transfers.neighbours import (
    CROSS_VALIDATED,
    cross_validated_neighbours,
    neighbour_classes,
    neighbour_shares,
)
from rethinking.transfers.specs import StudentsSpec
from rethinking.transfers.teachers import as_inputs, build_teacher, labels_of


def train_students(
    dataset: Path,
    weights: Path,
    info: Path,
    answers: Path,
    about: Path,
    curve: Path,
    resume: Path,
    spec: StudentsSpec,
) -> dict[str, float]:
    """Train the students of a block of teachers; continue after a kill of an earlier attempt.

    The safetensors file ``answers`` gets all logits: ``teacher/<source>/<set>``,
    teachers×images×classes, for the trained teacher, its pairs, and
    ``rethinking.transfers.members.SOURCES`` except ``permuted``; ``students/<set>``,
    students×images×classes; and ``labels``, teachers×n₁, the labels for training teachers. The JSON
    ``about`` gets the students in order, the teachers, and the outcomes of their training, and
    ``curve`` the learning curves of network and linear students. The job's record gets the seconds
    of all attempts.
    """

    def make(saver: Saver) -> None:
        block = _StudentBlock(load(dataset), weights, info, spec)
        block.train(saver)
        write_bytes(answers, to_bytes(block.answers()))
        write_json(about, block.about())
        write_curve(curve, block.epochs)

    return resumable(resume, {"answers": answers, "about": about, "curve": curve}, make)


class _StudentBlock:
    """The students of a block of teachers.

    Attributes:
        pools: The images for training students, N×C×H×W, by teacher's seed.
        queries: The images for comparisons, by teacher's seed and set.
        teacher_logits: images×classes, by source and seed, and by set (with ``pool``).
        student_logits: The logits of each student, by set.
        outcomes: The outcome of each student's training.
    """

    def __init__(self, dataset: Dataset, weights: Path, info: Path, spec: StudentsSpec) -> None:
        self.dataset, self.spec = dataset, spec
        self.device = use_device(spec.compute)
        self.teachers = teachers(spec)
        self.trained_teachers = load_block(weights, info)
        self.epoch_steps = read_json(info)["epoch_steps"]
        self.students = students(spec)
        self.epochs: list[Epoch] = []
        self.student_logits: list[dict[str, Tensor]] = [{} for _ in self.students]
        self.outcomes: list[dict[str, Any]] = [{} for _ in self.students]
        self.pools: dict[int, Tensor] = {}
        self.queries: dict[int, dict[str, Tensor]] = {}
        for seed in spec.seeds:
            drawn = student_images(
                dataset, spec.student_images, max(spec.n2), spec.tests, seed, taken=spec.n1
            )
            sets = {"fresh": drawn.test} | test_sets(
                dataset, spec.images, spec.n1, spec.student_images, spec.tests, seed
            )
            self.pools[seed] = as_inputs(dataset, spec, drawn.train, self.device)
            self.queries[seed] = {
                name: as_inputs(dataset, spec, images, self.device) for name, images in sets.items()
            }
        self.teacher_logits: dict[tuple[str, int], dict[str, Tensor]] = {}
        for teacher, trained in zip(self.teachers, self.trained_teachers, strict=True):
            network = build_teacher(dataset, spec, teacher).to(self.device)
            if teacher.variant == TRAINED:
                self._query_untrained(network, teacher.seed)
                self._query_nearest(teacher)
            network.load_state_dict(trained.state)
            self._query(teacher.variant, teacher.seed, network)

    def _query(self, source: str, seed: int, network: nn.Module) -> None:
        self.teacher_logits[source, seed] = {
            name: logits_of(network, images) for name, images in self._sets(seed).items()
        }

    def _query_untrained(self, network: nn.Module, seed: int) -> None:
        refresh_batch_norm(network, self.pools[seed])
        self._query(UNTRAINED, seed, network)
        logits = self.teacher_logits[UNTRAINED, seed]
        mean = logits["pool"].mean(dim=0)
        self.teacher_logits[CENTRED, seed] = {name: each - mean for name, each in logits.items()}

    def _query_nearest(self, teacher: Teacher) -> None:
        labels, _ = labels_of(self.dataset, self.spec, teacher)
        sets = {name: _rows(images) for name, images in self._sets(teacher.seed).items()}
        self.teacher_logits[NEAREST, teacher.seed] = {
            name: self._one_hot(neighbour_classes(sets["own"], labels, rows))
            for name, rows in sets.items()
        }

    def labels(self, student: Student) -> Tensor:
        """The labels of a student, n2×classes, as probabilities."""
        permuted = student.source == PERMUTED
        source = TRAINED if permuted else student.source
        logits = self.teacher_logits[source, student.seed]["pool"]
        if permuted:
            random = np.random.default_rng(derive_seed(student.seed, "permuted labels"))
            logits = logits[torch.from_numpy(random.permutation(len(logits)))]
        logits = logits[: student.n2]
        soft = student.labels == "soft"
        return logits.softmax(dim=1) if soft else self._one_hot(logits.argmax(1))

    def train(self, saver: Saver) -> None:
        """Train all students."""
        for learner in ("network", "linear"):
            indices = [i for i, each in enumerate(self.students) if each.learner == learner]
            if indices:
                self._train_networks(learner, indices, saver)
        for index, student in enumerate(self.students):
            if student.learner == "neighbours":
                self._train_neighbours(index, student)

    def _train_networks(self, learner: str, indices: Sequence[int], saver: Saver) -> None:
        chosen = [self.students[index] for index in indices]
        networks = [self._build(student).to(self.device) for student in chosen]
        trained, epochs = fit_members(
            networks,
            self._training_data(chosen).part,
            self.spec.recipe,
            indices,
            [derive_seed(student.seed, "student") for student in chosen],
            saver,
            name=learner,
            precision=getattr(torch, self.spec.compute.precision),
            compiled=self.spec.compute.compiled,
        )
        self.epochs += epochs
        for index, student, network, member in zip(indices, chosen, networks, trained, strict=True):
            network.load_state_dict(member.state)
            sets = self._sets(student.seed, student.n2)
            logits = {name: logits_of(network, images) for name, images in sets.items()}
            self._keep(index, logits, {"status": member.status, "epochs": member.epochs})

    def _train_neighbours(self, index: int, student: Student) -> None:
        images = _rows(self.pools[student.seed][: student.n2])
        classes = self.labels(student).argmax(dim=1).cpu().numpy()
        k = cross_validated_neighbours(images[:CROSS_VALIDATED], classes[:CROSS_VALIDATED])
        logits = {}
        for name, queries in self._sets(student.seed, student.n2).items():
            shares = neighbour_shares(k, images, classes, _rows(queries), self.dataset.classes)
            logits[name] = torch.from_numpy(shares).float()
        self._keep(index, logits, {"neighbours": k})

    def _sets(self, seed: int, n2: int | None = None) -> dict[str, Tensor]:
        return {"pool": self.pools[seed][:n2]} | self.queries[seed]

    def _keep(self, index: int, logits: dict[str, Tensor], outcome: Mapping[str, Any]) -> None:
        learnt = self.labels(self.students[index]).argmax(dim=1).cpu()
        right = logits.pop("pool").argmax(dim=1).cpu() == learnt
        self.outcomes[index] = {"train_accuracy": float(right.float().mean()), **outcome}
        self.student_logits[index] = logits

    def _build(self, student: Student) -> nn.Module:
        module, options = self.spec.model.module, self.spec.model.options
        if student.learner == "linear":
            module, options = "mlp", {"hidden": []}
        seed = derive_seed(student.seed, "student")
        return build_network(module, options, self.dataset.image_shape, self.dataset.classes, seed)

    def _training_data(self, chosen: Sequence[Student]) -> TrainingData:
        largest = max(student.n2 for student in chosen)
        labels = torch.zeros(len(chosen), largest, self.dataset.classes, device=self.device)
        for row, student in zip(labels, chosen, strict=True):
            row[: student.n2] = self.labels(student)
        seeds = list(self.pools)
        tests = [
            self.teacher_logits[TRAINED if each.source == PERMUTED else each.source, each.seed]
            for each in chosen
        ]
        return TrainingData(
            train_images=torch.stack([self.pools[seed][:largest] for seed in seeds]),
            train_labels=labels,
            test_images=torch.stack([self.queries[seed]["fresh"] for seed in seeds]),
            test_labels=torch.stack([logits["fresh"] for logits in tests]).argmax(dim=2),
            sets=[seeds.index(student.seed) for student in chosen],
            sizes=[student.n2 for student in chosen],
        )

    def _one_hot(self, classes: Tensor | NDArray[Any]) -> Tensor:
        tensor = torch.as_tensor(classes, dtype=torch.int64).to(self.device)
        return one_hot(tensor, self.dataset.classes).float()

    def answers(self) -> dict[str, Tensor]:
        """All logits, as :func:`train_students` describes them."""
        seeds = self.spec.seeds
        sets = list(self.queries[seeds[0]])
        tensors = {
            f"teacher/{source}/{name}": torch.stack(
                [self.teacher_logits[source, seed][name] for seed in seeds]
            )
            for source in dict.fromkeys(source for source, _ in self.teacher_logits)
            for name in sets
        }
        for name in sets:
            logits = [of_student[name].cpu() for of_student in self.student_logits]
            tensors[f"students/{name}"] = torch.stack(logits)
        trained = [teacher for teacher in self.teachers if teacher.variant == TRAINED]
        labels = [labels_of(self.dataset, self.spec, teacher)[0] for teacher in trained]
        tensors["labels"] = torch.stack([torch.from_numpy(each) for each in labels])
        return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}

    def about(self) -> dict[str, Any]:
        """The teachers and the students, and the outcomes of their training."""
        return {
            "teachers": [
                asdict(teacher) | {"status": each.status, "steps": each.epochs * self.epoch_steps}
                for teacher, each in zip(self.teachers, self.trained_teachers, strict=True)
            ],
            "students": [
                asdict(student) | outcome
                for student, outcome in zip(self.students, self.outcomes, strict=True)
            ],
        }


def _rows(images: Tensor) -> NDArray[Any]:
    rows: NDArray[Any] = images.flatten(start_dim=1).cpu().numpy()
    return rows
