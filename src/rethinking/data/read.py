"""Read a data set from its source."""

import importlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.data.dataset import check_made, save
from rethinking.files import write_json

log = logging.getLogger(__name__)


def write_dataset(
    spec: Mapping[str, Any], places: Mapping[str, str], tensors: Path, info: Path
) -> None:
    """Load ``rethinking.data.sources.<name>`` and write it with a description.

    Args:
        spec: The job's spec; read here are ``dataset.source`` and ``dataset.options``.
        places: Where the data lie, for sources that take a ``path`` or ``archives``.
        tensors: The safetensors file to write.
        info: The JSON to write: sizes, classes, chance level, and what was left out.

    Raises:
        InputError: The source is damaged, holds too few images, or gives no data set.
    """
    source = importlib.import_module(f"rethinking.data.sources.{spec['dataset']['source']}")
    dataset = source.load(**places, **spec["dataset"]["options"])
    check_made(dataset, f"src/rethinking/data/sources/{spec['dataset']['source']}.py: load")
    for note in dataset.notes:
        log.warning("%s: %s", spec["dataset"]["name"], note)
    save(dataset, tensors)
    channels, height, width = dataset.image_shape
    description = {
        "train_images": len(dataset.train_labels),
        "test_images": len(dataset.test_labels),
        "channels": channels,
        "height": height,
        "width": width,
        "classes": dataset.classes,
        "chance_accuracy": 1 / dataset.classes,
        "class_names": dataset.class_names,
        "notes": dataset.notes,
    }
    write_json(info, description)
