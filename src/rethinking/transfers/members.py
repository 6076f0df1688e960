"""The teachers and students of a job, before they are trained."""

import itertools
from dataclasses import dataclass

from rethinking.seeds import derive_seed
from rethinking.transfers.specs import StudentsSpec, TeachersSpec

TRAINED = "trained"
# On the same images and labels from another initialisation; on the same images from the same
# initialisation with other labels.
PAIRS = ("new_initialisation", "new_labels")
# What else labels images. ``permuted`` are the labels of the trained teacher, each at the image of
# another; ``untrained_centred`` are those of the untrained one with each logit's mean subtracted.
NEAREST, UNTRAINED, CENTRED, PERMUTED = SOURCES = (
    "nearest_neighbour",
    "untrained",
    "untrained_centred",
    "permuted",
)


@dataclass(frozen=True)
class Teacher:
    """A teacher before it is trained.

    Attributes:
        seed: Of its images.
        variant: :data:`TRAINED`, or one of :data:`PAIRS`.
    """

    seed: int
    variant: str = TRAINED

    @property
    def initialisation(self) -> int:
        """The seed of its initial weights and of the order of its images."""
        if self.variant == "new_initialisation":
            return derive_seed(self.seed, "another initialisation")
        return self.seed


@dataclass(frozen=True)
class Student:
    """A student before it is trained.

    Attributes:
        seed: The teacher's.
        source: Of its labels: the trained teacher, or one of :data:`SOURCES`.
        labels: ``hard``, the class with the largest logit; or ``soft``, the softmax of the logits.
        n2: The number of its images, the first ones of those that all students of a teacher share.
        learner: ``network``, like the teacher; ``linear``; or ``neighbours``.
    """

    seed: int
    source: str
    labels: str
    n2: int
    learner: str


def teachers(spec: TeachersSpec) -> list[Teacher]:
    """All teachers of a job, variant by variant."""
    variants = (TRAINED, *PAIRS) if spec.pairs else (TRAINED,)
    return [Teacher(seed, variant) for variant in variants for seed in spec.seeds]


def students(spec: StudentsSpec) -> list[Student]:
    """All students of a job.

    Students of the trained teacher and of its nearest neighbour are trained at every n₂, the
    others at the largest.
    """
    sizes = sorted(spec.n2)
    found = []
    for seed in spec.seeds:
        for source, n2 in itertools.product((TRAINED, *spec.sources), sizes):
            if source in (TRAINED, NEAREST) or n2 == sizes[-1]:
                found.append(Student(seed, source, "hard", n2, "network"))
        for n2 in sizes:
            if spec.soft:
                found.append(Student(seed, TRAINED, "soft", n2, "network"))
            found += [Student(seed, TRAINED, "hard", n2, learner) for learner in spec.learners]
    return found
