"""Data sets on disk, and what is no data set."""

from dataclasses import replace

import pytest

from rethinking.data.dataset import ARRAYS, check_made, load, save
from rethinking.errors import InputError


def test_reads_back_what_was_written(dataset, tmp_path):
    save(dataset, tmp_path / "a.safetensors")
    read = load(tmp_path / "a.safetensors")
    for name in ARRAYS:
        assert (getattr(read, name) == getattr(dataset, name)).all()
        assert getattr(read, name).dtype == getattr(dataset, name).dtype
    assert read.class_names == dataset.class_names


def test_images_with_strides_are_written_as_they_read(dataset, tmp_path):
    turned = replace(dataset, train_images=dataset.train_images.transpose(0, 1, 3, 2))
    save(turned, tmp_path / "a.safetensors")
    assert (load(tmp_path / "a.safetensors").train_images == turned.train_images).all()


def test_a_source_of_one_class_is_refused(dataset):
    labels = {name: getattr(dataset, name) * 0 for name in ("train_labels", "test_labels")}
    alone = replace(dataset, class_names=("cat",), **labels)
    with pytest.raises(InputError, match=r"mine: class_names has 1; give two classes or more"):
        check_made(alone, "mine")


@pytest.mark.parametrize("keep", [0, 4, 100])
def test_a_truncated_file_is_named(dataset, tmp_path, keep):
    path = tmp_path / "a.safetensors"
    save(dataset, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a\.safetensors: damaged"):
        load(path)
