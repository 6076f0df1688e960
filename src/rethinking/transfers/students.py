"""Train students on fresh images that teachers label, and keep the logits of all of them."""

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
    """Train the students of a block of teachers, going on from where an attempt was killed.

    Args:
        dataset: The uncorrupted data.
        weights: The teachers.
        info: How their training ended.
        answers: The logits of all, to write as safetensors: ``teacher/<source>/<set>``,
            teachers×images×classes, for the trained teacher, its pairs, and
            ``rethinking.transfers.members.SOURCES`` but ``permuted``; ``students/<set>``,
            students×images×classes; and ``labels``, teachers×n₁, on which the teachers were
            trained.
        about: Who the students are, in order, and how their training ended, to write as JSON; and
            the same of the teachers.
        curve: The learning curves to write, of students that are networks or linear.
        resume: The folder for the states of this training.
        spec: What to train.

    Returns:
        For the job's record: the seconds of all attempts together.

    Raises:
        InputError: A file is damaged, the device is not there, or images are too few.
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
        pools: By teacher's seed, the images that students learn from, N×C×H×W.
        queries: By teacher's seed and set, the images on which teachers and students are compared.
        teacher_logits: By source and seed, and by set (with ``pool``), images×classes.
        student_logits: Of each student, by set.
        outcomes: Of each student, how its training ended.
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
        for place, teacher in enumerate(self.teachers):
            network = build_teacher(dataset, spec, teacher).to(self.device)
            if teacher.variant == TRAINED:
                self._query_untrained(network, teacher.seed)
                self._query_nearest(teacher)
            network.load_state_dict(self.trained_teachers[place].state)
            self._query(teacher.variant, teacher.seed, network)

    def _query(self, source: str, seed: int, network: nn.Module) -> None:
        sets = {"pool": self.pools[seed]} | self.queries[seed]
        self.teacher_logits[source, seed] = {
            name: logits_of(network, images) for name, images in sets.items()
        }

    def _query_untrained(self, network: nn.Module, seed: int) -> None:
        refresh_batch_norm(network, self.pools[seed])
        self._query(UNTRAINED, seed, network)
        logits = self.teacher_logits[UNTRAINED, seed]
        mean = logits["pool"].mean(dim=0)
        self.teacher_logits[CENTRED, seed] = {name: one - mean for name, one in logits.items()}

    def _query_nearest(self, teacher: Teacher) -> None:
        labels, _ = labels_of(self.dataset, self.spec, teacher)
        sets = {"pool": self.pools[teacher.seed]} | self.queries[teacher.seed]
        own = _rows(sets["own"])
        self.teacher_logits[NEAREST, teacher.seed] = {
            name: self._one_hot(neighbour_classes(own, labels, _rows(images)))
            for name, images in sets.items()
        }

    def labels(self, student: Student) -> Tensor:
        """What a student learns, n2×classes, as probabilities."""
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
            places = [i for i, one in enumerate(self.students) if one.learner == learner]
            if places:
                self._train_networks(learner, places, saver)
        for place, student in enumerate(self.students):
            if student.learner == "neighbours":
                self._train_neighbours(place, student)

    def _train_networks(self, learner: str, places: Sequence[int], saver: Saver) -> None:
        chosen = [self.students[place] for place in places]
        networks = [self._build(one).to(self.device) for one in chosen]
        trained, epochs = fit_members(
            networks,
            self._training_data(chosen).part,
            self.spec.recipe,
            places,
            [derive_seed(one.seed, "student") for one in chosen],
            saver,
            name=learner,
            precision=getattr(torch, self.spec.compute.precision),
            compiled=self.spec.compute.compiled,
        )
        self.epochs += epochs
        for place, student, network, one in zip(places, chosen, networks, trained, strict=True):
            network.load_state_dict(one.state)
            sets = self._sets_of(student)
            logits = {name: logits_of(network, images) for name, images in sets.items()}
            self._keep(place, logits, {"status": one.status, "epochs": one.epochs})

    def _train_neighbours(self, place: int, student: Student) -> None:
        images = _rows(self.pools[student.seed][: student.n2])
        classes = self.labels(student).argmax(dim=1).cpu().numpy()
        k = cross_validated_neighbours(images[:CROSS_VALIDATED], classes[:CROSS_VALIDATED])
        shares = {
            name: neighbour_shares(k, images, classes, _rows(one), self.dataset.classes)
            for name, one in self._sets_of(student).items()
        }
        logits = {name: torch.from_numpy(one).float() for name, one in shares.items()}
        self._keep(place, logits, {"neighbours": k})

    def _sets_of(self, student: Student) -> dict[str, Tensor]:
        return {"pool": self.pools[student.seed][: student.n2]} | self.queries[student.seed]

    def _keep(self, place: int, logits: dict[str, Tensor], outcome: Mapping[str, Any]) -> None:
        learnt = self.labels(self.students[place]).argmax(dim=1).cpu()
        right = logits.pop("pool").argmax(dim=1).cpu() == learnt
        self.outcomes[place] = {"train_accuracy": float(right.float().mean()), **outcome}
        self.student_logits[place] = logits

    def _build(self, student: Student) -> nn.Module:
        module, options = self.spec.model.module, self.spec.model.options
        if student.learner == "linear":
            module, options = "mlp", {"hidden": []}
        seed = derive_seed(student.seed, "student")
        return build_network(module, options, self.dataset.image_shape, self.dataset.classes, seed)

    def _training_data(self, chosen: Sequence[Student]) -> TrainingData:
        largest = max(one.n2 for one in chosen)
        labels = torch.zeros(len(chosen), largest, self.dataset.classes, device=self.device)
        for place, student in enumerate(chosen):
            labels[place, : student.n2] = self.labels(student)
        seeds = list(self.pools)
        tests = [
            self.teacher_logits[TRAINED if one.source == PERMUTED else one.source, one.seed]
            for one in chosen
        ]
        return TrainingData(
            train_images=torch.stack([self.pools[seed][:largest] for seed in seeds]),
            train_labels=labels,
            test_images=torch.stack([self.queries[seed]["fresh"] for seed in seeds]),
            test_labels=torch.stack([one["fresh"] for one in tests]).argmax(dim=2),
            sets=[seeds.index(one.seed) for one in chosen],
            sizes=[one.n2 for one in chosen],
        )

    def _one_hot(self, classes: Tensor | NDArray[Any]) -> Tensor:
        tensor = torch.as_tensor(classes, dtype=torch.int64).to(self.device)
        return one_hot(tensor, self.dataset.classes).float()

    def answers(self) -> dict[str, Tensor]:
        """The logits of all, as :func:`train_students` describes them."""
        seeds = self.spec.seeds
        sources = dict.fromkeys(source for source, _ in self.teacher_logits)
        found = {
            f"teacher/{source}/{name}": torch.stack(
                [self.teacher_logits[source, seed][name] for seed in seeds]
            )
            for source in sources
            for name in self.queries[seeds[0]]
        } | {
            f"students/{name}": torch.stack([one[name].cpu() for one in self.student_logits])
            for name in self.queries[seeds[0]]
        }
        trained = [one for one in self.teachers if one.variant == TRAINED]
        labels = [torch.from_numpy(labels_of(self.dataset, self.spec, one)[0]) for one in trained]
        found["labels"] = torch.stack(labels)
        return {name: tensor.cpu().contiguous() for name, tensor in found.items()}

    def about(self) -> dict[str, Any]:
        """Who the teachers and the students are, and how their training ended."""
        return {
            "teachers": [
                asdict(teacher) | {"status": one.status, "steps": one.epochs * self.epoch_steps}
                for teacher, one in zip(self.teachers, self.trained_teachers, strict=True)
            ],
            "students": [
                asdict(student) | outcome
                for student, outcome in zip(self.students, self.outcomes, strict=True)
            ],
        }


def _rows(images: Tensor) -> NDArray[Any]:
    rows: NDArray[Any] = images.flatten(start_dim=1).cpu().numpy()
    return rows
