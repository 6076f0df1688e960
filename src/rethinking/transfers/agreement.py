"""How far a student answers as its teacher does.

Everywhere the teacher's answers come first and the student's second; logits are N×classes, and a
class is the one with the largest logit.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import entropy as entropy_of
from sklearn.metrics import cohen_kappa_score, confusion_matrix, recall_score

from rethinking.measures.helpers.metric import Metric

Classes = NDArray[np.int64]
Logits = NDArray[np.float64]

UNDEFINED = "both are constant"


def agreement(teacher: Classes, student: Classes) -> float:
    """The share of images, N, to which both give the same class."""
    return float((teacher == student).mean())


def kappa(teacher: Classes, student: Classes) -> float:
    """Cohen's κ (1960): agreement beyond what the two class frequencies alone make likely.

    (pₒ − pₑ) / (1 − pₑ), with pₒ the share of N images on which they agree, and pₑ that share if
    their answers were independent. NaN where both are constant: they then agree, or not, whatever
    the images are.
    """
    if len(np.unique(teacher)) == 1 and len(np.unique(student)) == 1:
        return math.nan
    return float(cohen_kappa_score(teacher, student))


def macro_recall(teacher: Classes, student: Classes) -> float:
    """The share of images on which they agree, in each class that the teacher gives, averaged."""
    return float(recall_score(teacher, student, labels=np.unique(teacher), average="macro"))


def entropy(classes: Classes, count: int) -> float:
    """The entropy, in bits, of how often each of so many classes is given to N images."""
    return float(entropy_of(np.bincount(classes, minlength=count), base=2))


def majority_rate(classes: Classes) -> float:
    """The share of N images that are given the most frequent class."""
    return float(np.bincount(classes).max() / len(classes))


def standardised(logits: Logits) -> Logits:
    """Subtract each sample's mean over classes; divide by the root mean variance over samples.

    As ``rethinking.measures.helpers.logits.logit_scale``, over these N images.
    """
    centred = logits - logits.mean(axis=1, keepdims=True)
    scale = np.sqrt(centred.var(axis=0).mean())
    result: Logits = centred / (scale if scale > 0 else 1)
    return result


def logit_correlation(teacher: Logits, student: Logits) -> float:
    """Pearson's correlation of all standardised logits; NaN if those of one do not vary."""
    one, other = standardised(teacher).ravel(), standardised(student).ravel()
    if one.std() == 0 or other.std() == 0:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def logit_distance(teacher: Logits, student: Logits) -> float:
    """The mean square difference of standardised logits, over images and classes."""
    return float(((standardised(teacher) - standardised(student)) ** 2).mean())


def margins(logits: Logits) -> NDArray[np.float64]:
    """The largest logit of each image minus its runner-up, N."""
    ordered = np.sort(logits, axis=1)
    margin: NDArray[np.float64] = ordered[:, -1] - ordered[:, -2]
    return margin


def matched(own: NDArray[np.float64], fresh: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each image of a teacher's own, the fresh image at which it is most nearly as sure.

    Args:
        own: The teacher's margins at n₁ images.
        fresh: Its margins at M others.

    Returns:
        n₁ places among the others; a place may come twice.
    """
    order = np.argsort(fresh, kind="stable")
    ranked = fresh[order]
    above = np.searchsorted(ranked, own).clip(0, len(ranked) - 1)
    below = (above - 1).clip(0)
    nearer_below = np.abs(own - ranked[below]) <= np.abs(ranked[above] - own)
    return order[np.where(nearer_below, below, above)]


def forced_lipschitz(logits: Logits, labels: NDArray[Any], images: NDArray[np.float64]) -> float:
    """The Lipschitz constant that a network must have at least, for what it classifies right.

    max (γᵢ + γⱼ) / (√2 ‖xᵢ − xⱼ‖) over pairs with different labels, both classified right with
    margins γ: from xᵢ to xⱼ the difference of two logits falls from γᵢ or more to −γⱼ or less, and
    it changes by at most √2 times as much as the logits do. NaN where there is no such pair.

    Args:
        logits: n₁×classes.
        labels: n₁, those that it was trained on.
        images: n₁×…, in the units in which the constant is wanted.
    """
    right = logits.argmax(axis=1) == labels
    flat = images.reshape(len(images), -1)[right]
    own, gamma = labels[right], margins(logits)[right]
    largest = math.nan
    for place in range(len(flat)):
        others = own[place + 1 :] != own[place]
        distances = np.linalg.norm(flat[place + 1 :][others] - flat[place], axis=1)
        sums = gamma[place + 1 :][others] + gamma[place]
        apart = distances > 0
        if apart.any():
            largest = np.fmax(largest, (sums[apart] / distances[apart]).max() / math.sqrt(2))
    return float(largest)


def compared(
    teacher: Logits, student: Logits, *, are_logits: bool, points: int | None = None
) -> list[Metric]:
    """All measures of agreement between a teacher and a student on the same images.

    * ``agreement`` and ``macro_recall``, shares; ``kappa``, with a note where it is not defined;
    * ``logit_correlation`` and ``logit_distance`` (squared standard deviations), where both answer
      in logits.

    Args:
        teacher: N×classes.
        student: N×classes.
        are_logits: Whether both are logits, and not votes.
        points: How many images the share is of; N if None.
    """
    a, b = teacher.argmax(axis=1), student.argmax(axis=1)
    number = len(a) if points is None else points
    beyond_chance = kappa(a, b)
    found = [
        Metric("agreement", agreement(a, b), "share", points=number),
        Metric("macro_recall", macro_recall(a, b), "share", points=number),
        Metric("kappa", beyond_chance, "coefficient", note=UNDEFINED * math.isnan(beyond_chance)),
    ]
    if are_logits:
        found += [
            Metric("logit_correlation", logit_correlation(teacher, student), "coefficient"),
            Metric("logit_distance", logit_distance(teacher, student), "size"),
        ]
    return found


def confusion(teacher: Classes, student: Classes, count: int) -> NDArray[np.int64]:
    """How often a student gives which class (columns) where its teacher gives which (rows)."""
    counts: NDArray[np.int64] = confusion_matrix(teacher, student, labels=np.arange(count))
    return counts
