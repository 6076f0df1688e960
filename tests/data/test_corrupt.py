"""What is made of a corruption's result: checks, and files of several seeds."""

import sys
import types
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from rethinking.data.corrupt import corrupt, find_corrupted, load_corrupted, write_corrupted
from rethinking.data.dataset import ARRAYS, load, save
from rethinking.data.specs import CorruptSpec
from rethinking.errors import InputError
from rethinking.names.condition import SYNTHETIC, Condition, parse_condition
from rethinking.names.specs import DatasetSpec
from tests.conftest import make_dataset

BASE = make_dataset()
IMAGES, LABELS = {"train_images", "test_images"}, {"train_labels", "test_labels"}
CHANGED = {
    "true_labels": set(),
    "label_noise-0.50": {"train_labels"},
    "shuffled_pixels": IMAGES,
    "random_pixels": IMAGES,
    "gaussian": IMAGES,
    **dict.fromkeys(SYNTHETIC, IMAGES | LABELS),
}


def of_ones_own(monkeypatch, function):
    """Let a function be the corruption ``mine``."""
    module = types.ModuleType("mine")
    module.corrupt = function
    monkeypatch.setitem(sys.modules, "rethinking.data.corruptions.mine", module)


def in_place(dataset, random):
    dataset.train_labels[:] = 0
    return dataset


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (in_place, "changes the arrays that it is given; change copies"),
        (lambda dataset, random: None, "gave None; give a rethinking.data.dataset.Dataset"),
        (
            lambda dataset, random: replace(dataset, train_labels=dataset.train_labels + 10),
            "give them from 0 to 4, for 5 class_names",
        ),
        (
            lambda dataset, random: replace(dataset, test_labels=dataset.test_labels / 2),
            "test_labels are float64 of shape",
        ),
        (
            lambda dataset, random: replace(
                dataset,
                train_images=dataset.train_images[1:],
                train_labels=dataset.train_labels[1:],
            ),
            "keep that",
        ),
        (
            lambda dataset, random: replace(dataset, train_images=dataset.train_images[:, 0]),
            "give uint8 (or float32) N×C×H×W",
        ),
    ],
)
def test_what_is_no_corruption_of_the_data_is_refused_by_its_name(monkeypatch, function, said):
    of_ones_own(monkeypatch, function)
    with pytest.raises(InputError) as caught:
        corrupt(BASE, Condition("mine"), 0)
    assert "src/rethinking/data/corruptions/mine.py: corrupt" in str(caught.value)
    assert said in str(caught.value)
    assert all(getattr(BASE, name).flags.writeable for name in ARRAYS)


@pytest.mark.parametrize("condition", SYNTHETIC[:1])
def test_a_synthetic_corruption_is_named_by_the_file_that_makes_it(monkeypatch, condition):
    monkeypatch.setattr("rethinking.data.corruptions.synthetic.draw", lambda *_: BASE.test_images)
    with pytest.raises(InputError, match=r"data/corruptions/synthetic\.py: corrupt: train_labels"):
        corrupt(BASE, Condition(condition), 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the uncorrupted data, ``base.safetensors``."""
    found = tmp_path_factory.mktemp("data")
    save(BASE, found / "base.safetensors")
    return found


def write(folder, condition, seeds):
    """Write a block; its path."""
    path = folder / f"{condition}-{'-'.join(map(str, seeds))}.safetensors"
    spec = CorruptSpec(DatasetSpec("d", "digits", {}), condition, list(seeds))
    write_corrupted(folder / "base.safetensors", path, spec)
    return path


def as_bytes(dataset):
    found = [(getattr(dataset, name).tobytes(), getattr(dataset, name).dtype) for name in ARRAYS]
    return found, dataset.class_names


@pytest.mark.parametrize("condition", CHANGED)
def test_arrays_that_a_corruption_leaves_alone_are_not_stored_but_shared(folder, condition):
    path = write(folder, condition, [4, 2])
    assert set(load_file(path)) == {f"{s}/{name}" for s in (2, 4) for name in CHANGED[condition]}
    if "train_images" not in CHANGED[condition]:
        assert path.stat().st_size < BASE.train_images.nbytes
    base = load(folder / "base.safetensors")
    for seed in (2, 4):
        found = load_corrupted(path, base, seed)
        shared = {name for name in ARRAYS if getattr(found, name) is getattr(base, name)}
        assert shared == set(ARRAYS) - CHANGED[condition]


@pytest.mark.parametrize("condition", CHANGED)
def test_the_seeds_of_a_block_are_what_single_seeds_give(folder, condition):
    block = write(folder, condition, [0, 1, 2])
    for seed in (0, 1, 2):
        found = as_bytes(load_corrupted(block, BASE, seed))
        single = load_corrupted(write(folder, condition, [seed]), BASE, seed)
        assert found == as_bytes(single)
        assert found == as_bytes(corrupt(BASE, parse_condition(condition), seed))


@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), data=st.data())
@settings(max_examples=20, deadline=None)
def test_going_from_block_size_to_block_size_changes_no_array(folder, sizes, data):
    cuts = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    conditions = ["label_noise-0.50", "random_walk_pixel"]
    blocks = [
        write(folder, condition, range(*cuts[place : place + 2]))
        for condition in conditions
        for place in range(len(sizes))
    ]
    found = find_corrupted(data.draw(st.permutations(blocks)))
    wanted = {(condition, seed) for condition in conditions for seed in range(cuts[-1])}
    assert set(found) == wanted
    for condition, seed in wanted:
        changed = load_corrupted(found[condition, seed], BASE, seed)
        assert as_bytes(changed) == as_bytes(corrupt(BASE, parse_condition(condition), seed))


def test_names_of_classes_are_those_that_the_corruption_gives_each_seed(folder, monkeypatch):
    def renamed(dataset, random):
        names = [f"{name} {random.integers(10**6)}" for name in dataset.class_names]
        return replace(dataset, class_names=tuple(names))

    of_ones_own(monkeypatch, renamed)
    path = write(folder, "mine", [0, 1])
    names = [load_corrupted(path, BASE, seed).class_names for seed in (0, 1)]
    assert names[0] != names[1]
    assert names == [corrupt(BASE, Condition("mine"), seed).class_names for seed in (0, 1)]


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_a_truncated_block_is_named(folder, keep):
    path = write(folder, "gaussian", [5, 6])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"gaussian-5-6\.safetensors: damaged"):
        find_corrupted([path])
    with pytest.raises(InputError, match=r"gaussian-5-6\.safetensors: damaged"):
        load_corrupted(path, BASE, 5)


def test_a_block_by_itself_is_no_data_set(folder):
    with pytest.raises(InputError, match=r"label_noise-0\.50-0\.safetensors: damaged"):
        load(write(folder, "label_noise-0.50", [0]))
