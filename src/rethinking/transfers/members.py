"""The teachers and students of a job, before training."""

import itertools
from dataclasses import dataclass

from rethinking.seeds import derive_seed
from rethinking.transfers.specs import StudentsSpec, TeachersSpec

TRAINED = "trained"
# Teachers with the same images and labels and another initialisation, and teachers with the same
# images and initialisation and other labels.
PAIRS = ("new_initialisation", "new_labels")
# Other sources of labels. ``permuted`` are the labels of the trained teacher, each at the image of
# another one; ``untrained_centred`` are those of the untrained teacher, whose logits have their
# means subtracted.
NEAREST, UNTRAINED, CENTRED, PERMUTED = SOURCES = (
    "nearest_neighbour",
    "untrained",
    "untrained_centred",
    "permuted",
)


@dataclass(frozen=True)
class Teacher:
    """A teacher before training."""

    seed: int  # of its images
    variant: str = TRAINED  # TRAINED, or one of PAIRS

    @property
    def initialisation(self) -> int:
        """The seed of its initial weights and of the order of its images."""
        if self.variant == "new_initialisation":
            return derive_seed(self.seed, "another initialisation")
        return self.seed


@dataclass(frozen=True)
class Student:
    """A student before training."""

    seed: int  # the teacher's seed
    source: str  # of its labels: TRAINED, or one of SOURCES
    labels: str  # hard, the class with the largest logit; or soft, the softmax of the logits
    n2: int  # the number of its images, the first ones of those for all students of a teacher
    learner: str  # network, with the teacher's architecture; linear; or neighbours


def teachers(spec: TeachersSpec) -> list[Teacher]:
    """All teachers of a job, variant by variant."""
    variants = (TRAINED, *PAIRS) if spec.pairs else (TRAINED,)
    return [Teacher(seed, variant) for variant in variants for seed in spec.seeds]


def students(spec: StudentsSpec) -> list[Student]:
    """All students of a job.

    Students of the trained teacher and of its nearest neighbour are trained for every n₂, the
    others for the largest one.
    """
    sizes = sorted(spec.n2)
    members = []
    for seed in spec.seeds:
        for source, n2 in itertools.product((TRAINED, *spec.sources), sizes):
            if source in (TRAINED, NEAREST) or n2 == sizes[-1]:
                members.append(Student(seed, source, "hard", n2, "network"))
        for n2 in sizes:
            if spec.soft:
                members.append(Student(seed, TRAINED, "soft", n2, "network"))
            members += [Student(seed, TRAINED, "hard", n2, learner) for learner in spec.learners]
    return members
