"""The config is compared with the images that it names, before anything runs."""

import itertools
import os

import pytest
from PIL import Image

from rethinking.errors import InputError
from rethinking.study import images
from rethinking.study.check import check_config
from rethinking.study.images import (
    check_place,
    files_of,
    fingerprint,
    image_shape,
    pictures_in,
    train_image_count,
)
from tests.helpers.config import DEMO, SCHEMAS, complaint, shipped


@pytest.fixture
def pictures(tmp_path):
    """A folder of pictures, two classes in each split; no test remembers one of another test."""
    for function in (fingerprint, files_of, pictures_in):
        function.cache_clear()
    for split, kind in itertools.product(("train", "test"), ("cat", "dog")):
        (tmp_path / split / kind).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / split / kind / "0.png")
    return tmp_path


def with_pictures(folder):
    entry = {"label": "x", "source": "image_folder", "path": str(folder)}
    return shipped(path=[*DEMO, "datasets", "digits"], value=entry)


def test_a_crop_makes_images_small_for_a_deep_network():
    config = shipped(path=["scale"], value="full")
    check_config(config, SCHEMAS)
    config["scales"]["full"]["models"]["vgg11"]["crop"] = 28
    assert "too deep for images of 28 pixels a side" in complaint(config)


def test_the_first_picture_of_a_folder_says_how_large_images_are(pictures):
    Image.new("RGB", (12, 6)).save(pictures / "train/cat/0.png")
    (pictures / "train/.DS_Store").touch()  # is no picture
    config = with_pictures(pictures)
    config["scales"]["demo"]["models"]["vgg11"]["options"]["pools"] = 3
    assert "too deep for images of 6 pixels" in complaint(config)


def test_the_size_of_a_picture_is_that_of_what_is_read(pictures):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.new("L", (12, 6)).save(pictures / "train/cat/0.png", exif=exif)
    # As the loader reads it: in three colours, and upright.
    assert image_shape({"source": "image_folder", "path": str(pictures)}) == (3, 12, 6)


def test_a_first_picture_that_cannot_be_read_is_named(pictures):
    (pictures / "train/cat/0.png").write_bytes(b"123")
    message = complaint(with_pictures(pictures))
    assert message == (
        f"{pictures}/train/cat/0.png: cannot be read as a picture; replace or remove it"
    )


def test_a_source_of_the_user_may_read_a_file(pictures, monkeypatch):
    table = pictures / "train.csv"
    table.touch()
    monkeypatch.setattr(images, "constant_of", lambda *_: None)
    assert image_shape({"source": "mine", "path": str(table)}) is None
    assert train_image_count({"source": "mine", "path": str(table)}) is None


def test_training_images_are_counted_where_they_are_known(pictures):
    assert train_image_count({"source": "mnist"}) == 60_000
    assert train_image_count({"source": "mnist", "train_images": 7}) == 7
    assert train_image_count({"source": "image_folder", "path": str(pictures)}) == 2


def test_a_data_set_whose_archives_are_not_there_yet_is_accepted():
    entry = {"label": "C", "source": "cifar10"}
    check_config(shipped(path=[*DEMO, "datasets", "digits"], value=entry), SCHEMAS)


def test_an_image_folder_is_accepted(pictures):
    check_config(with_pictures(pictures), SCHEMAS)


def test_a_missing_image_folder_is_named():
    assert complaint(with_pictures("nowhere")) == (
        "config: scales.demo.datasets.digits.path: nowhere/train is not a folder; "
        "give a folder that holds train/<class>/* and test/<class>/*"
    )


def test_an_empty_class_is_named_before_anything_runs(pictures):
    (pictures / "test/cat/0.png").unlink()
    message = complaint(with_pictures(pictures))
    assert message.startswith(
        f"config: scales.demo.datasets.digits.path: {pictures}/test/cat holds no picture"
    )


def test_a_folder_of_another_scale_is_not_looked_for(pictures):
    config = with_pictures(pictures / "gone")
    config["scale"] = "smoke"
    check_config(config, SCHEMAS)


def fingerprint_of(place, source):
    for function in (fingerprint, files_of, pictures_in):
        function.cache_clear()
    return fingerprint(place, source)


def test_a_source_of_the_user_may_read_any_file_or_folder(tmp_path):
    table = tmp_path / "data.csv"
    with pytest.raises(InputError, match=r"config: key: .*data\.csv is not there; correct the pat"):
        check_place("key", {"path": str(table), "source": "mine"})
    table.write_text("1")
    first, folder = fingerprint_of(table, "mine"), fingerprint_of(tmp_path, "mine")
    table.write_text("2")  # of the same size
    assert fingerprint_of(table, "mine") != first
    changed = fingerprint_of(tmp_path, "mine")
    assert changed != folder
    (tmp_path / ".DS_Store").touch()
    assert fingerprint_of(tmp_path, "mine") == changed
    (tmp_path / os.fsdecode(b"caf\xe9")).touch()
    assert fingerprint_of(tmp_path, "mine") != changed


def test_the_fingerprint_sees_new_and_changed_pictures_and_not_what_is_left_out(pictures):
    first = fingerprint_of(pictures, "image_folder")
    picture = pictures / "train/cat/0.png"
    picture.touch()
    (pictures / "train/.DS_Store").touch()
    (pictures / "test/cat/Thumbs.db").touch()
    assert fingerprint_of(pictures, "image_folder") == first
    picture.write_bytes(picture.read_bytes() + b"x")
    changed = fingerprint_of(pictures, "image_folder")
    assert changed != first
    (pictures / "train/cat/1.png").write_bytes(b"1")
    assert fingerprint_of(pictures, "image_folder") not in (first, changed)
