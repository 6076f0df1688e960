"""A data set and its description, as the step writes them that reads a source."""

import gzip
import sys
import types

import numpy as np
import pytest
from PIL import Image

from rethinking.data.dataset import ARRAYS, load
from rethinking.data.read import write_dataset
from rethinking.data.sources import digits, mnist
from rethinking.data.specs import ReadSpec
from rethinking.errors import InputError
from rethinking.files import read_json, sha256
from rethinking.names.specs import DatasetSpec


def spec(source, **options):
    return ReadSpec(DatasetSpec("mine", source, options))


@pytest.fixture
def outputs(tmp_path):
    return {"tensors": tmp_path / "d.safetensors", "info": tmp_path / "d.json"}


def test_the_description_has_sizes_classes_and_the_level_of_chance(outputs):
    write_dataset([], None, **outputs, spec=spec("digits", train_images=50, test_images=20))
    assert read_json(outputs["info"]) == {
        "train_images": 50,
        "test_images": 20,
        "channels": 1,
        "height": 8,
        "width": 8,
        "classes": 10,
        "chance_accuracy": 0.1,
        "class_names": list("0123456789"),
        "notes": [],
    }
    expected, found = digits.load(train_images=50, test_images=20), load(outputs["tensors"])
    assert all((getattr(found, name) == getattr(expected, name)).all() for name in ARRAYS)


def test_notes_stand_in_the_record_and_are_warned_of(tmp_path, outputs, caplog):
    folder = tmp_path / "pictures"
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            (folder / split / name).mkdir(parents=True)
            Image.new("RGB", (6, 5)).save(folder / split / name / "0.png")
    (folder / "train/.DS_Store").touch()
    write_dataset([], folder, **outputs, spec=spec("image_folder"))
    note = f"hidden files or folders left out: 1 ({folder}/train/.DS_Store)"
    assert read_json(outputs["info"])["notes"] == [note]
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("WARNING", f"mine: {note}")


def test_archives_are_read_where_they_lie(tmp_path, outputs, monkeypatch):
    folder = tmp_path / "archives"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in mnist.ARCHIVES:
        shape = (6, 28, 28) if "images" in name else (6,)
        header = bytes([0, 0, 8, len(shape)]) + np.array(shape, dtype=">i4").tobytes()
        values = random.integers(10, size=shape, dtype=np.uint8)
        (folder / name).write_bytes(gzip.compress(header + values.tobytes()))
    archives = {name: {"sha256": sha256(folder / name), "urls": []} for name in mnist.ARCHIVES}
    monkeypatch.setattr(mnist, "ARCHIVES", archives)
    paths = [folder / name for name in archives]
    write_dataset(paths, None, **outputs, spec=spec("mnist", train_images=5))
    assert load(outputs["tensors"]).train_images.shape == (5, 1, 28, 28)


def test_a_source_that_gives_no_data_set_is_named_and_nothing_is_written(outputs, monkeypatch):
    module = types.ModuleType("odd")
    module.load = lambda: None
    monkeypatch.setitem(sys.modules, "rethinking.data.sources.odd", module)
    with pytest.raises(
        InputError, match=r"data/sources/odd\.py: load gave None; give a rethinking"
    ):
        write_dataset([], None, **outputs, spec=spec("odd"))
    assert not any(path.exists() for path in outputs.values())
