"""Students that vote by their nearest neighbours."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier

Rows = NDArray[Any]
# The candidates of cross-validation, and the largest number of images that it uses.
NEIGHBOURS = (1, 2, 5, 10, 20, 50)
CROSS_VALIDATED, FOLDS = 2000, 5


def neighbour_classes(images: Rows, classes: Rows, queries: Rows) -> Rows:
    """The class of the nearest of N×D images, for each of M×D queries."""
    nearest: Rows = KNeighborsClassifier(1).fit(images, classes).predict(queries)
    return nearest


def neighbour_shares(k: int, images: Rows, classes: Rows, queries: Rows, count: int) -> Rows:
    """The share of each of ``count`` classes among the k nearest of N×D images, M×count."""
    neighbours = KNeighborsClassifier(k).fit(images, classes)
    shares = np.zeros((len(queries), count))
    # Classes without images have no columns in the prediction.
    shares[:, neighbours.classes_] = neighbours.predict_proba(queries)
    return shares


def cross_validated_neighbours(images: Rows, classes: Rows) -> int:
    """Choose the number of neighbours for N×D images by cross-validation.

    The choice among :data:`NEIGHBOURS` is that with the highest mean accuracy over :data:`FOLDS`
    consecutive folds, and the smallest of several.
    """
    possible = [k for k in NEIGHBOURS if k <= len(images) - math.ceil(len(images) / FOLDS)]
    search = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": possible}, cv=KFold(FOLDS), refit=False
    )
    return int(search.fit(images, classes).best_params_["n_neighbors"])
