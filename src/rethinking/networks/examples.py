"""A few images of a data set as each condition leaves them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rethinking.data.dataset import load
from rethinking.files import write_rows

# Training images that are shown.
EXAMPLES = 3
COLUMNS = ("condition", "image", "label", "true_label", "channel", "row", "column", "value")


def write_examples(
    dataset: Path, corrupted: Sequence[Path], table: Path, spec: Mapping[str, Any]
) -> None:
    """Write the first training images under each condition, a row for each value of a pixel.

    Args:
        dataset: The uncorrupted data.
        corrupted: What each condition changes.
        table: A CSV with :data:`COLUMNS`. Labels are names of classes.
        spec: The job's spec; read here is ``conditions``.

    Raises:
        InputError: A file is damaged.
    """
    base = load(dataset)
    rows: list[list[Any]] = []
    for condition, path in zip(spec["conditions"], corrupted, strict=True):
        changed = load(path, base)
        for image in range(min(EXAMPLES, len(changed.train_labels))):
            labels = [changed.class_names[one.train_labels[image]] for one in (changed, base)]
            for place, value in np.ndenumerate(changed.train_images[image]):
                rows.append([condition, image, *labels, *place, value])
    write_rows(table, COLUMNS, rows)
