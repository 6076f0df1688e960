"""Teachers fit their labels, and their pairs differ from them in one thing."""

from dataclasses import replace

import pytest
import torch

from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.tables import read_table
from rethinking.training.recipe import steps_in_epoch
from rethinking.transfers.images import teacher_images, teacher_labels
from rethinking.transfers.members import Teacher, teachers
from rethinking.transfers.teachers import as_inputs, build_teacher, labels_of
from tests.helpers.transfers import BASE, TEACHERS, teach, teacher_files

VARIANTS = ("trained", "new_initialisation", "new_labels")


def test_teachers_fit_their_own_labels_and_pairs_differ_in_one_thing(taught):
    members = teachers(TEACHERS)
    assert [one.status for one in taught] == ["interpolated"] * 6
    assert [(one.variant, one.seed) for one in members] == [
        (variant, seed) for variant in VARIANTS for seed in (0, 1)
    ]
    for member, one in zip(members, taught, strict=True):
        images = teacher_images(BASE, "uniform_noise", 20, 40, member.seed).train
        labels, _ = teacher_labels(
            BASE, "uniform_noise", 20, 40, member.seed, other=member.variant == "new_labels"
        )
        network = build_teacher(BASE, TEACHERS, member)
        network.load_state_dict(one.state)
        inputs = as_inputs(BASE, TEACHERS, images, torch.device("cpu"))
        with torch.no_grad():
            assert (network(inputs).argmax(1).numpy() == labels).all()


def test_the_steps_of_an_epoch_are_counted_as_they_are_taken(folder):
    assert read_json(teacher_files(folder)["info"])["epoch_steps"] == 5
    recipe = replace(TEACHERS.recipe, epoch_steps=None)
    counted = [steps_in_epoch(recipe, n) for n in (16, 17, 18, 32, 33)]
    assert counted == [1, 1, 2, 2, 2]  # a last batch of one image is joined to the one before


def test_curves_count_the_teachers_in_their_order(folder, taught):
    curve = read_table(folder / "block-0/teachers.csv")
    assert curve.groupby("seed")["epoch"].max().to_list() == [one.epochs for one in taught]


def test_pairs_start_where_they_should():
    start = {
        variant: build_teacher(BASE, TEACHERS, Teacher(0, variant)).state_dict()
        for variant in VARIANTS
    }
    labels = {variant: labels_of(BASE, TEACHERS, Teacher(0, variant))[0] for variant in start}
    name = "1.weight"
    assert torch.equal(start["trained"][name], start["new_labels"][name])
    assert not torch.equal(start["trained"][name], start["new_initialisation"][name])
    other = build_teacher(BASE, TEACHERS, Teacher(1, "new_initialisation")).state_dict()
    assert not torch.equal(other[name], start["new_initialisation"][name])
    assert (labels["trained"] == labels["new_initialisation"]).all()
    assert (labels["trained"] != labels["new_labels"]).any()


class StoppedError(Exception):
    pass


def test_the_order_of_the_images_goes_by_the_initialisation(tmp_path, monkeypatch):
    seen = []

    def look(networks, data, recipe, names, seeds, *rest, **options):
        seen.extend(zip(names, seeds, strict=True))
        raise StoppedError

    monkeypatch.setattr("rethinking.transfers.teachers.fit_members", look)
    with pytest.raises(StoppedError):
        teach(tmp_path, TEACHERS)
    assert seen == [(place, one.initialisation) for place, one in enumerate(teachers(TEACHERS))]


def test_teachers_of_a_block_are_those_of_each_seed_alone(taught, tmp_path):
    alone = teach(tmp_path, replace(TEACHERS, seeds=[1]))
    assert len(alone) == len(VARIANTS)
    for number, one in enumerate(alone):
        other = taught[2 * number + 1]
        assert (one.status, one.epochs) == (other.status, other.epochs)
        for name, values in one.state.items():
            torch.testing.assert_close(values, other.state[name], atol=2e-3, rtol=1e-3)


def test_more_images_than_a_data_set_has_are_refused(tmp_path):
    spec = replace(TEACHERS, images="true_labels", n1=201)
    with pytest.raises(InputError, match=r"201 images .* has 200"):
        teach(tmp_path, spec)
