"""Read a data set from its source."""

import importlib
import logging
from pathlib import Path

from rethinking.data.dataset import check_made, save
from rethinking.data.specs import ReadSpec
from rethinking.files import write_json

log = logging.getLogger(__name__)


def write_dataset(
    archives: list[Path], place: Path | None, tensors: Path, info: Path, spec: ReadSpec
) -> None:
    """Load a data set by ``rethinking.data.sources.<source>`` and write it with a description.

    The archives, if the source has any, are all in one folder; ``place`` is the option ``path`` of
    the source, or None. ``info`` gets sizes, classes, chance level, and what was left out.
    """
    name, source = spec.dataset.name, spec.dataset.source
    places = {"path": str(place)} if place else {}
    if archives:
        places["archives"] = str(archives[0].parent)
    load = importlib.import_module(f"rethinking.data.sources.{source}").load
    dataset = load(**places, **spec.dataset.options)
    check_made(dataset, f"src/rethinking/data/sources/{source}.py: load")
    for note in dataset.notes:
        log.warning("%s: %s", name, note)
    save(dataset, tensors)
    channels, height, width = dataset.image_shape
    write_json(
        info,
        {
            "train_images": len(dataset.train_labels),
            "test_images": len(dataset.test_labels),
            "channels": channels,
            "height": height,
            "width": width,
            "classes": dataset.classes,
            "chance_accuracy": 1 / dataset.classes,
            "class_names": dataset.class_names,
            "notes": dataset.notes,
        },
    )
