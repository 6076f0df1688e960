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

    Args:
        archives: The archives of the source, all in one folder; empty for other sources.
        place: The folder or file of a source with an option ``path``; None for other sources.
        tensors: The safetensors file to write.
        info: The JSON to write: sizes, classes, chance level, and what was left out.
        spec: The source and its options.
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
