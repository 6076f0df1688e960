from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rethinking.data.dataset import ARRAYS, check_made, load, save
from rethinking.data.subset import subset_indices
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


def test_new_labels_do_not_copy_the_images(dataset, tmp_path):
    changed = replace(dataset, train_labels=dataset.train_labels[::-1].copy())
    save(changed, tmp_path / "changes.safetensors", base=dataset)
    assert (tmp_path / "changes.safetensors").stat().st_size < dataset.train_images.nbytes
    read = load(tmp_path / "changes.safetensors", base=dataset)
    assert (read.train_labels == changed.train_labels).all()
    assert read.train_images is dataset.train_images


def test_a_source_of_one_class_is_refused(dataset):
    labels = {name: getattr(dataset, name) * 0 for name in ("train_labels", "test_labels")}
    alone = replace(dataset, class_names=("cat",), **labels)
    with pytest.raises(InputError, match=r"mine: class_names has 1; give two classes or more"):
        check_made(alone, "mine")


def test_changes_alone_are_refused(dataset, tmp_path):
    save(dataset, tmp_path / "changes.safetensors", base=dataset)
    with pytest.raises(InputError, match="only what differs"):
        load(tmp_path / "changes.safetensors")


@pytest.mark.parametrize("keep", [0, 4, 100])
def test_a_truncated_file_is_named(dataset, tmp_path, keep):
    path = tmp_path / "a.safetensors"
    save(dataset, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a\.safetensors: damaged"):
        load(path)


@given(n=st.integers(1, 200), data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_smaller_subset_is_part_of_a_larger_one(n, data):
    small, large = sorted(data.draw(st.tuples(st.integers(1, n), st.integers(1, n))))
    chosen = subset_indices(n, small, "x"), subset_indices(n, large, "x")
    assert set(chosen[0]) <= set(chosen[1])
    assert len(set(chosen[0])) == small
    assert (np.diff(chosen[1]) > 0).all()


def test_too_large_a_subset_says_what_is_there():
    with pytest.raises(InputError, match="training images of x: 5 asked for, 4 there"):
        subset_indices(4, 5, "training images of x")
