"""Measures of the agreement between a student and its teacher.

The teacher's outputs come first and the student's second. Logits are N×classes, and the class of an
image is that of its largest logit.
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
    """The share of N images with the same class from both."""
    return float((teacher == student).mean())


def kappa(teacher: Classes, student: Classes) -> float:
    """Cohen's κ (1960): agreement beyond that of independent answers with these frequencies.

    κ = (pₒ − pₑ) / (1 − pₑ), with the share pₒ of N images on which they agree, and the expected
    share pₑ for independent answers. NaN if both are constant: then they agree, or do not, whatever
    the images are.
    """
    if len(np.unique(teacher)) == 1 and len(np.unique(student)) == 1:
        return math.nan
    return float(cohen_kappa_score(teacher, student))


def macro_recall(teacher: Classes, student: Classes) -> float:
    """The share of images on which they agree, averaged over the classes that the teacher gives."""
    return float(recall_score(teacher, student, labels=np.unique(teacher), average="macro"))


def entropy(classes: Classes, count: int) -> float:
    """The entropy, in bits, of the frequencies of ``count`` classes over N images."""
    return float(entropy_of(np.bincount(classes, minlength=count), base=2))


def majority_rate(classes: Classes) -> float:
    """The share of N images with the most frequent class."""
    return float(np.bincount(classes).max() / len(classes))


def standardised(logits: Logits) -> Logits:
    """Subtract each sample's mean over classes; divide by the root mean variance over samples.

    The scale is that of ``rethinking.measures.helpers.logits.logit_scale``, over these N images.
    """
    centred = logits - logits.mean(axis=1, keepdims=True)
    scale = np.sqrt(centred.var(axis=0).mean())
    result: Logits = centred / (scale if scale > 0 else 1)
    return result


def logit_correlation(teacher: Logits, student: Logits) -> float:
    """Pearson's correlation of all standardised logits; NaN if one of the two is constant."""
    a, b = standardised(teacher).ravel(), standardised(student).ravel()
    if a.std() == 0 or b.std() == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def logit_distance(teacher: Logits, student: Logits) -> float:
    """The mean square difference of standardised logits, over images and classes."""
    return float(((standardised(teacher) - standardised(student)) ** 2).mean())


def margins(logits: Logits) -> NDArray[np.float64]:
    """The largest logit of each image minus its runner-up, N."""
    ordered = np.sort(logits, axis=1)
    margin: NDArray[np.float64] = ordered[:, -1] - ordered[:, -2]
    return margin


def matched(own: NDArray[np.float64], fresh: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each of n₁ margins at a teacher's training images, the index of the nearest fresh margin.

    Indices may be repeated.
    """
    order = np.argsort(fresh, kind="stable")
    ranked = fresh[order]
    above = np.searchsorted(ranked, own).clip(0, len(ranked) - 1)
    below = (above - 1).clip(0)
    nearer_below = np.abs(own - ranked[below]) <= np.abs(ranked[above] - own)
    return order[np.where(nearer_below, below, above)]


def forced_lipschitz(logits: Logits, labels: NDArray[Any], images: NDArray[np.float64]) -> float:
    """The lower bound of a network's Lipschitz constant from the images that it classifies right.

    It is max (γᵢ + γⱼ) / (√2 ‖xᵢ − xⱼ‖) over pairs with different labels, both classified right
    with margins γ: from xᵢ to xⱼ the difference of two logits falls from γᵢ or more to −γⱼ or less,
    and it changes by at most √2 times as much as the logits do. NaN without such a pair.

    Args:
        logits: n₁×classes.
        labels: n₁, of the training.
        images: n₁×…, in the units of the constant.
    """
    right = logits.argmax(axis=1) == labels
    flat = images.reshape(len(images), -1)[right]
    own, gamma = labels[right], margins(logits)[right]
    largest = math.nan
    for i in range(len(flat)):
        others = own[i + 1 :] != own[i]
        distances = np.linalg.norm(flat[i + 1 :][others] - flat[i], axis=1)
        sums = gamma[i + 1 :][others] + gamma[i]
        apart = distances > 0
        if apart.any():
            largest = np.fmax(largest, (sums[apart] / distances[apart]).max() / math.sqrt(2))
    return float(largest)


def compared(
    teacher: Logits, student: Logits, *, are_logits: bool, points: int | None = None
) -> list[Metric]:
    """All measures of agreement between a teacher and a student on the same images.

    * ``agreement`` and ``macro_recall``, shares; ``kappa``, with a note if it is not defined;
    * ``logit_correlation`` and ``logit_distance`` (squared standard deviations), if both answer in
      logits, and not in votes.

    The sample of the shares has N images, or as many as ``points`` says.
    """
    a, b = teacher.argmax(axis=1), student.argmax(axis=1)
    number = len(a) if points is None else points
    beyond_chance = kappa(a, b)
    metrics = [
        Metric("agreement", agreement(a, b), "share", points=number),
        Metric("macro_recall", macro_recall(a, b), "share", points=number),
        Metric("kappa", beyond_chance, "coefficient", note=UNDEFINED * math.isnan(beyond_chance)),
    ]
    if are_logits:
        metrics += [
            Metric("logit_correlation", logit_correlation(teacher, student), "coefficient"),
            Metric("logit_distance", logit_distance(teacher, student), "size"),
        ]
    return metrics


def confusion(teacher: Classes, student: Classes, count: int) -> NDArray[np.int64]:
    """The number of images by the teacher's class (rows) and the student's class (columns)."""
    counts: NDArray[np.int64] = confusion_matrix(teacher, student, labels=np.arange(count))
    return counts
