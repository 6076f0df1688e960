"""Students that look up their nearest neighbours."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier

Rows = NDArray[Any]
# Numbers of neighbours, of which cross-validation on at most so many images chooses.
NEIGHBOURS = (1, 2, 5, 10, 20, 50)
CROSS_VALIDATED, FOLDS = 2000, 5


def neighbour_classes(images: Rows, classes: Rows, queries: Rows) -> Rows:
    """The class of the nearest of N×D images, for each of M×D queries."""
    found: Rows = KNeighborsClassifier(1).fit(images, classes).predict(queries)
    return found


def neighbour_shares(k: int, images: Rows, classes: Rows, queries: Rows, count: int) -> Rows:
    """The share of each of ``count`` classes among the k nearest of N×D images, M×count."""
    neighbours = KNeighborsClassifier(k).fit(images, classes)
    shares = np.zeros((len(queries), count))
    # Classes that no image has are not among its columns.
    shares[:, neighbours.classes_] = neighbours.predict_proba(queries)
    return shares


def cross_validated_neighbours(images: Rows, classes: Rows) -> int:
    """Choose among :data:`NEIGHBOURS` by the mean accuracy over :data:`FOLDS` folds in order.

    Args:
        images: N×D.
        classes: N.

    Returns:
        The best number, of several the least.
    """
    possible = [k for k in NEIGHBOURS if k <= len(images) - math.ceil(len(images) / FOLDS)]
    search = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": possible}, cv=KFold(FOLDS), refit=False
    )
    return int(search.fit(images, classes).best_params_["n_neighbors"])
