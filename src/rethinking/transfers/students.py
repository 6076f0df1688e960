"""Train students on what teachers say of fresh images, and write down what all of them answer."""

import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save as to_bytes
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.optim.swa_utils import update_bn

from rethinking.data.dataset import Dataset, load
from rethinking.files import digest, read_json, write_bytes, write_json
from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver, lease
from rethinking.training.checkpoint import load_block, write_curve
from rethinking.training.device import use_device
from rethinking.training.fit import EVALUATION_BATCH, Epoch, Recipe, TrainingData, equal_parts
from rethinking.training.members import fit_members
from rethinking.training.networks import build_network
from rethinking.transfers.images import student_images, test_sets
from rethinking.transfers.teachers import (
    TRAINED,
    Teacher,
    as_inputs,
    build_teacher,
    labels_of,
    teachers,
)

log = logging.getLogger(__name__)

# Whose labels students learn. ``permuted`` are those of the trained teacher, each at the image of
# another; ``untrained_centred`` are those of the untrained one with each logit's mean subtracted.
NEAREST, UNTRAINED, CENTRED, PERMUTED = SOURCES = (
    "nearest_neighbour",
    "untrained",
    "untrained_centred",
    "permuted",
)
# Neighbours that a k-nearest-neighbour student may ask, of which cross-validation on at most so
# many images chooses.
NEIGHBOURS = (1, 2, 5, 10, 20, 50)
CROSS_VALIDATED, FOLDS = 2000, 5


@dataclass(frozen=True)
class Student:
    """A student before it is trained.

    Attributes:
        seed: The teacher's.
        source: Whose labels it learns: the trained teacher's, or one of :data:`SOURCES`.
        labels: ``hard``, the class with the largest logit; or ``soft``, the softmax of the logits.
        n2: How many images, the first ones of those that all students of the teacher share.
        learner: ``network``, like the teacher; ``linear``; or ``neighbours``.
    """

    seed: int
    source: str
    labels: str
    n2: int
    learner: str


def students(spec: Mapping[str, Any]) -> list[Student]:
    """All students of a job; read are ``seeds``, ``n2``, ``sources``, ``learners``, ``soft``.

    Students of the trained teacher and of its nearest neighbour are trained at every n₂, the
    others at the largest.
    """
    sizes = sorted(spec["n2"])
    found = []
    for seed in spec["seeds"]:
        for source, n2 in itertools.product((TRAINED, *spec["sources"]), sizes):
            if source in (TRAINED, NEAREST) or n2 == sizes[-1]:
                found.append(Student(seed, source, "hard", n2, "network"))
        for n2 in sizes:
            if spec["soft"]:
                found.append(Student(seed, TRAINED, "soft", n2, "network"))
            found += [Student(seed, TRAINED, "hard", n2, learner) for learner in spec["learners"]]
    return found


def train_students(
    dataset: Path,
    weights: Path,
    info: Path,
    answers: Path,
    about: Path,
    curve: Path,
    resume: Path,
    spec: Mapping[str, Any],
) -> dict[str, Any]:
    """Train the students of a block of teachers, going on from where an attempt was killed.

    Args:
        dataset: The uncorrupted data.
        weights: The teachers.
        info: How their training ended.
        answers: Where to write the logits of all, as safetensors: ``teacher/<source>/<set>``,
            teachers×images×classes, for the trained teacher, its pairs, and :data:`SOURCES` but
            ``permuted``; ``students/<set>``, students×images×classes; and ``labels``,
            teachers×n₁, on which the teachers were trained.
        about: Where to write who the students are, in order, and how their training ended; and
            the same of the teachers.
        curve: Where to write the learning curves of students that are networks or linear.
        resume: The folder in which runs that are under way keep their states.
        spec: The job's spec; read here are those of ``rethinking.transfers.teachers`` (where
            ``recipe`` is the students'), and ``student_images``, ``n2``, ``sources``,
            ``learners``, ``soft``.

    Returns:
        What the job's record is to say: the seconds of all attempts together.

    Raises:
        InputError: A file is damaged, the device is not there, or images are too few.
    """
    saver = Saver(resume / digest(spec)[:16])
    files = {"answers": answers, "about": about, "curve": curve}
    with lease(answers.with_name(f".{answers.stem}.lease")):
        if saver.finished(files):
            log.info("an earlier attempt had finished these students")
        else:
            with saver.listening():
                lessons = _Lessons(load(dataset), weights, info, spec)
                lessons.train(saver)
            write_bytes(answers, to_bytes(lessons.answers()))
            write_json(about, lessons.about())
            write_curve(curve, lessons.epochs)
            saver.finish(files)
    return {"seconds_of_all_attempts": round(saver.seconds, 2)}


class _Lessons:
    """The teachers of a block, their students, and all that these learn from and are asked."""

    def __init__(
        self, dataset: Dataset, weights: Path, info: Path, spec: Mapping[str, Any]
    ) -> None:
        self.dataset, self.spec = dataset, spec
        self.device = use_device(spec["device"], spec["threads"], spec["precision"])
        self.members = teachers(spec)
        self.taught = load_block(weights, info)
        self.epoch_steps = read_json(info)["epoch_steps"]
        self.students = students(spec)
        self.epochs: list[Epoch] = []
        # By teacher's seed: the images that students learn from, and what all are asked, by name.
        self.pools: dict[int, Tensor] = {}
        self.asked: dict[int, dict[str, Tensor]] = {}
        for seed in spec["seeds"]:
            drawn = student_images(
                dataset,
                spec["student_images"],
                max(spec["n2"]),
                spec["tests"],
                seed,
                taken=spec["n1"],
            )
            sets = {"fresh": drawn.test} | test_sets(
                dataset, spec["images"], spec["n1"], spec["student_images"], spec["tests"], seed
            )
            self.pools[seed] = as_inputs(dataset, spec, drawn.train, self.device)
            self.asked[seed] = {
                name: as_inputs(dataset, spec, images, self.device) for name, images in sets.items()
            }
        # Logits by source and seed, of the pool and of what is asked.
        self.said: dict[tuple[str, int], dict[str, Tensor]] = {}
        for place, teacher in enumerate(self.members):
            network = build_teacher(dataset, spec, teacher).to(self.device)
            if teacher.variant == TRAINED:
                self._say_untrained(network, teacher.seed)
                self._say_nearest(teacher)
            network.load_state_dict(self.taught[place].state)
            self._say(teacher.variant, teacher.seed, network)

    def _say(self, source: str, seed: int, network: nn.Module) -> None:
        images = {"pool": self.pools[seed]} | self.asked[seed]
        self.said[source, seed] = {name: logits(network, one) for name, one in images.items()}

    def _say_untrained(self, network: nn.Module, seed: int) -> None:
        update_bn(equal_parts(self.pools[seed]), network)
        self._say(UNTRAINED, seed, network)
        said = self.said[UNTRAINED, seed]
        mean = said["pool"].mean(dim=0)
        self.said[CENTRED, seed] = {name: one - mean for name, one in said.items()}

    def _say_nearest(self, teacher: Teacher) -> None:
        labels, _ = labels_of(self.dataset, self.spec, teacher)
        images = {"pool": self.pools[teacher.seed]} | self.asked[teacher.seed]
        nearest = KNeighborsClassifier(1).fit(_rows(images["own"]), labels)
        self.said[NEAREST, teacher.seed] = {
            name: self._one_hot(nearest.predict(_rows(one))) for name, one in images.items()
        }

    def labels(self, student: Student) -> Tensor:
        """What a student learns, n2×classes, as probabilities."""
        permuted = student.source == PERMUTED
        said = self.said[TRAINED if permuted else student.source, student.seed]["pool"]
        if permuted:
            random = np.random.default_rng(derive_seed(student.seed, "permuted labels"))
            said = said[torch.from_numpy(random.permutation(len(said)))]
        said = said[: student.n2]
        return said.softmax(dim=1) if student.labels == "soft" else self._one_hot(said.argmax(1))

    def train(self, saver: Saver) -> None:
        """Train all students; ``answers`` and ``about`` say what came of it."""
        self.answered: list[dict[str, Tensor]] = [{} for _ in self.students]
        self.ended: list[dict[str, Any]] = [{} for _ in self.students]
        spec = self.spec
        recipe = Recipe(**{key: value for key, value in spec["recipe"].items() if key != "name"})
        for learner in ("network", "linear"):
            places = [i for i, one in enumerate(self.students) if one.learner == learner]
            if places:
                self._train_networks(learner, places, recipe, saver)
        for place, student in enumerate(self.students):
            if student.learner == "neighbours":
                self._train_neighbours(place, student)

    def _train_networks(
        self, learner: str, places: Sequence[int], recipe: Recipe, saver: Saver
    ) -> None:
        chosen = [self.students[place] for place in places]
        networks = [self._build(one).to(self.device) for one in chosen]
        trained, epochs = fit_members(
            networks,
            self._training_data(chosen).part,
            recipe,
            places,
            [derive_seed(one.seed, "student") for one in chosen],
            saver,
            name=learner,
            precision=getattr(torch, self.spec["precision"]),
            compiled=self.spec["compile"],
        )
        self.epochs += epochs
        for place, student, network, one in zip(places, chosen, networks, trained, strict=True):
            network.load_state_dict(one.state)
            asked = {"pool": self.pools[student.seed][: student.n2]} | self.asked[student.seed]
            self._answer(place, {name: logits(network, image) for name, image in asked.items()})
            self.ended[place] |= {"status": one.status, "epochs": one.epochs}

    def _train_neighbours(self, place: int, student: Student) -> None:
        images = _rows(self.pools[student.seed][: student.n2])
        classes = self.labels(student).argmax(dim=1).cpu().numpy()
        k = cross_validated_neighbours(images[:CROSS_VALIDATED], classes[:CROSS_VALIDATED])
        neighbours = KNeighborsClassifier(k).fit(images, classes)
        asked = {"pool": self.pools[student.seed][: student.n2]} | self.asked[student.seed]
        shares = {name: neighbours.predict_proba(_rows(one)) for name, one in asked.items()}
        answered = {}
        for name, one in shares.items():
            answered[name] = torch.zeros(len(one), self.dataset.classes)
            # Classes that no image has are not among its columns.
            answered[name][:, neighbours.classes_] = torch.from_numpy(one).float()
        self._answer(place, answered)
        self.ended[place] |= {"neighbours": k}

    def _answer(self, place: int, answered: dict[str, Tensor]) -> None:
        learnt = self.labels(self.students[place]).argmax(dim=1).cpu()
        right = answered.pop("pool").argmax(dim=1).cpu() == learnt
        self.ended[place] |= {"train_accuracy": float(right.float().mean())}
        self.answered[place] = answered

    def _build(self, student: Student) -> nn.Module:
        model = self.spec["model"]
        module, options = model["module"], model["options"]
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
            self.said[TRAINED if one.source == PERMUTED else one.source, one.seed]["fresh"]
            for one in chosen
        ]
        return TrainingData(
            train_images=torch.stack([self.pools[seed][:largest] for seed in seeds]),
            train_labels=labels,
            test_images=torch.stack([self.asked[seed]["fresh"] for seed in seeds]),
            test_labels=torch.stack(tests).argmax(dim=2),
            sets=[seeds.index(one.seed) for one in chosen],
            sizes=[one.n2 for one in chosen],
        )

    def _one_hot(self, classes: Tensor | NDArray[Any]) -> Tensor:
        tensor = torch.as_tensor(classes, dtype=torch.int64).to(self.device)
        return one_hot(tensor, self.dataset.classes).float()

    def answers(self) -> dict[str, Tensor]:
        """The logits of all, as :func:`train_students` describes them."""
        seeds = self.spec["seeds"]
        sources = dict.fromkeys(source for source, _ in self.said)
        found = {
            f"teacher/{source}/{name}": torch.stack([self.said[source, s][name] for s in seeds])
            for source in sources
            for name in self.asked[seeds[0]]
        } | {
            f"students/{name}": torch.stack([one[name].cpu() for one in self.answered])
            for name in self.asked[seeds[0]]
        }
        trained = [one for one in self.members if one.variant == TRAINED]
        labels = [torch.from_numpy(labels_of(self.dataset, self.spec, one)[0]) for one in trained]
        found["labels"] = torch.stack(labels)
        return {name: tensor.cpu().contiguous() for name, tensor in found.items()}

    def about(self) -> dict[str, Any]:
        """Who the teachers and the students are, and how their training ended."""
        return {
            "teachers": [
                asdict(teacher) | {"status": one.status, "steps": one.epochs * self.epoch_steps}
                for teacher, one in zip(self.members, self.taught, strict=True)
            ],
            "students": [
                asdict(student) | ended
                for student, ended in zip(self.students, self.ended, strict=True)
            ],
        }


def cross_validated_neighbours(images: NDArray[Any], classes: NDArray[Any]) -> int:
    """Choose among :data:`NEIGHBOURS` by the mean accuracy over :data:`FOLDS` folds in order.

    Args:
        images: N×D.
        classes: N.

    Returns:
        The best number, of several the least.
    """
    possible = [k for k in NEIGHBOURS if k <= len(images) - -(-len(images) // FOLDS)]
    search = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": possible}, cv=KFold(FOLDS), refit=False
    )
    return int(search.fit(images, classes).best_params_["n_neighbors"])


@torch.no_grad()
def logits(network: nn.Module, images: Tensor) -> Tensor:
    """The answers of a network in evaluation mode, N×classes."""
    network.train(False)
    return torch.cat([network(part) for part in images.split(EVALUATION_BATCH)])


def _rows(images: Tensor) -> NDArray[Any]:
    rows: NDArray[Any] = images.flatten(start_dim=1).cpu().numpy()
    return rows
