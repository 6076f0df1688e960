"""A few images of a data set under each condition."""

from pathlib import Path
from typing import Any

import numpy as np

from rethinking.data.corrupt import find_corrupted, load_corrupted
from rethinking.data.dataset import load
from rethinking.files import write_rows
from rethinking.networks.specs import EXAMPLE_SEED, ExamplesSpec

# The number of training images.
EXAMPLES = 3
COLUMNS = ("condition", "image", "label", "true_label", "channel", "row", "column", "value")


def write_examples(dataset: Path, corrupted: list[Path], table: Path, spec: ExamplesSpec) -> None:
    """Write the first training images under each condition, a row for each value of a pixel.

    Labels are names of classes.
    """
    base = load(dataset)
    blocks = find_corrupted(corrupted)
    rows: list[list[Any]] = []
    for condition in spec.conditions:
        changed = load_corrupted(blocks[condition, EXAMPLE_SEED], base, EXAMPLE_SEED)
        for image in range(min(EXAMPLES, len(changed.train_labels))):
            labels = [each.class_names[each.train_labels[image]] for each in (changed, base)]
            for position, value in np.ndenumerate(changed.train_images[image]):
                rows.append([condition, image, *labels, *position, value])
    write_rows(table, COLUMNS, rows)
