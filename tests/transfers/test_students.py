"""Students learn from fresh images what their teachers say, each alike however it is trained."""

import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from rethinking.errors import InputError
from rethinking.names.specs import ModelSpec
from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver
from rethinking.transfers.agreement import kappa
from rethinking.transfers.images import student_images, teacher_images
from rethinking.transfers.members import Student, Teacher, students
from rethinking.transfers.teachers import as_inputs, build_teacher
from tests.helpers.transfers import (
    BASE,
    RECIPE,
    STUDENTS,
    TEACHERS,
    copy_teachers,
    student_files,
    students_of,
    study_with,
    teach,
    train_students_in,
)

LINEAR = ModelSpec("l", "mlp", {"hidden": []})


def test_teachers_answer_to_their_own_images_and_to_fresh_ones(answers, about):
    assert answers["teacher/trained/own"].shape == (2, 20, 3)
    assert answers["teacher/trained/fresh"].shape == (2, 40, 3)
    assert (answers["teacher/trained/own"].argmax(2) == answers["labels"]).all()
    # The nearest neighbour of an image among those that a teacher has is itself.
    assert (answers["teacher/nearest_neighbour/own"].argmax(2) == answers["labels"]).all()
    new = answers["teacher/new_labels/own"].argmax(2)
    assert (new != answers["labels"]).any()
    assert {one["status"] for one in about["teachers"]} == {"interpolated"}
    assert all(one["steps"] % 5 == 0 for one in about["teachers"])
    assert len(answers["students/own"]) == len(about["students"])


@torch.no_grad()
def test_the_untrained_control_is_centred_on_the_images_that_students_learn_from(answers):
    for place, seed in enumerate(TEACHERS.seeds):
        network = build_teacher(BASE, STUDENTS, Teacher(seed)).train(False)
        drawn = student_images(BASE, "uniform_noise", 60, 40, seed, taken=20)
        pool, fresh = (
            network(as_inputs(BASE, STUDENTS, images, torch.device("cpu")))
            for images in (drawn.train, drawn.test)
        )
        untrained = answers["teacher/untrained/fresh"][place]
        assert untrained == pytest.approx(fresh.numpy(), abs=1e-5)
        for name in ("own", "fresh"):
            centred = answers[f"teacher/untrained/{name}"][place] - pool.mean(dim=0).numpy()
            found = answers[f"teacher/untrained_centred/{name}"][place]
            assert found == pytest.approx(centred, abs=1e-5)


def test_a_nearest_neighbour_teacher_says_what_its_nearest_image_was_labelled(answers):
    images = teacher_images(BASE, "uniform_noise", 20, 40, 1).train.reshape(20, -1).astype(float)
    fresh = student_images(BASE, "uniform_noise", 60, 40, 1, taken=20).test.reshape(40, -1)
    apart = np.linalg.norm(fresh[:, None].astype(float) - images, axis=2)
    expected = answers["labels"][1][apart.argmin(axis=1)]
    assert (answers["teacher/nearest_neighbour/fresh"][1].argmax(1) == expected).all()


def test_students_learn_their_labels(answers, about):
    for student in about["students"]:
        if student["learner"] == "network" and student["n2"] == 10:
            assert student["train_accuracy"] > (0.9 if student["labels"] == "hard" else 0.6)


def test_a_neighbours_student_gives_the_votes_of_its_neighbours(answers, about):
    found = [
        (one["neighbours"], answers["students/fresh"][place])
        for place, one in enumerate(about["students"])
        if one["learner"] == "neighbours"
    ]
    assert len(found) == 4
    for neighbours, shares in found:
        assert np.allclose(shares.sum(axis=1), 1)
        votes = shares * neighbours
        assert np.allclose(votes, votes.round(), atol=1e-4)


def test_linear_students_of_linear_teachers_agree_almost_everywhere(tmp_path):
    spec = replace(TEACHERS, model=LINEAR, n1=6, pairs=False)
    teach(tmp_path, spec)
    recipe = replace(RECIPE, epoch_steps=100, learning_rate=0.1)
    few = {"sources": [], "learners": [], "soft": False}
    spec = students_of(spec, recipe=recipe, n2=[4000], tests=1000, **few)
    answers, about = study_with(tmp_path, spec)
    for place, student in enumerate(about["students"]):
        teacher = answers["teacher/trained/fresh"][student["seed"]].argmax(1)
        assert kappa(teacher, answers["students/fresh"][place].argmax(1)) > 0.95


def test_nothing_is_learned_of_permuted_labels(tmp_path):
    spec = replace(TEACHERS, seeds=list(range(8)), pairs=False)
    teach(tmp_path, spec)
    few = {"sources": ["permuted"], "learners": [], "soft": False}
    recipe = replace(RECIPE, epoch_steps=20)
    spec = students_of(spec, recipe=recipe, n2=[300], tests=500, **few)
    answers, about = study_with(tmp_path, spec)
    found = {"trained": [], "permuted": []}
    for place, student in enumerate(about["students"]):
        teacher = answers["teacher/trained/fresh"][student["seed"]].argmax(1)
        given = answers["students/fresh"][place].argmax(1)
        found[student["source"]].append(kappa(teacher, given))
    error = np.std(found["permuted"], ddof=1) / math.sqrt(8)
    # Five standard errors and the resolution of 500 images: wrong once in a million.
    assert abs(np.mean(found["permuted"])) < 5 * error + 0.01
    assert np.mean(found["trained"]) > 0.2


def test_students_of_a_block_are_those_of_each_seed_alone(tmp_path, answers):
    alone = replace(TEACHERS, seeds=[1])
    teach(tmp_path, alone)
    own, about_own = study_with(tmp_path, students_of(alone))
    members = students(STUDENTS)
    for place, student in enumerate(students(students_of(alone))):
        same = answers["students/fresh"][members.index(student)]
        agreed = same.argmax(1) == own["students/fresh"][place].argmax(1)
        assert agreed.mean() > 0.9
    assert len(about_own["students"]) == len(members) / 2


def test_fewer_images_or_other_sizes_leave_the_other_students_as_they_were(
    folder, tmp_path, answers
):
    copy_teachers(folder, tmp_path)
    more = students_of(TEACHERS, n2=[10, 30, 60])
    few, _ = study_with(tmp_path, more)
    before, after = students(STUDENTS), students(more)
    for student in before:
        one = answers["students/fresh"][before.index(student)]
        other = few["students/fresh"][after.index(student)]
        assert (one.argmax(1) == other.argmax(1)).mean() > 0.9


def test_finished_students_are_put_back_not_trained(folder, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    answers = student_files(copy)["answers"]
    before = answers.read_bytes()
    answers.unlink()
    monkeypatch.setattr("rethinking.transfers.students.fit_members", None)
    train_students_in(copy, STUDENTS)
    assert answers.read_bytes() == before


class KilledError(Exception):
    pass


def test_killed_again_and_again_students_end_with_the_same_bytes(folder, tmp_path, monkeypatch):
    expected = [path.read_bytes() for path in student_files(folder).values()]
    copy_teachers(folder, tmp_path)
    done, whole_save = 0, Saver.save

    def due(self):
        nonlocal done
        done += 1
        return done % 4 == 0

    def save_and_die(self, name, state):
        whole_save(self, name, state)
        if state.progress.get("training"):
            raise KilledError

    monkeypatch.setattr(Saver, "due", due)
    monkeypatch.setattr(Saver, "save", save_and_die)
    kills = 0
    while not student_files(tmp_path)["answers"].exists():
        try:
            train_students_in(tmp_path, STUDENTS)
        except KilledError:
            kills += 1
    assert kills >= 5
    assert [path.read_bytes() for path in student_files(tmp_path).values()] == expected


def test_convolutional_networks_teach_and_learn_too(tmp_path):
    model = ModelSpec("r", "resnet18", {"width_factor": 0.125})
    spec = replace(TEACHERS, model=model, seeds=[0], n1=10)
    teach(tmp_path, replace(spec, recipe=replace(TEACHERS.recipe, max_epochs=2)))
    small = {"n2": [20], "learners": [], "sources": ["untrained"]}
    recipe = replace(RECIPE, max_epochs=1)
    answers, about = study_with(tmp_path, students_of(spec, recipe=recipe, **small))
    assert len(about["students"]) == 3
    assert all(np.isfinite(one).all() for one in answers.values())
    # An untrained teacher normalises by the statistics of the images that students learn from.
    network = build_teacher(BASE, spec, Teacher(0))
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    drawn = student_images(BASE, "uniform_noise", 20, 40, 0, taken=10)
    pool, fresh = (
        as_inputs(BASE, spec, images, torch.device("cpu")) for images in (drawn.train, drawn.test)
    )
    with torch.no_grad():
        network.train(True)(pool)
        expected = network.train(False)(fresh).numpy()
    assert answers["teacher/untrained/fresh"][0] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_real_images_that_are_too_few_are_refused(tmp_path):
    spec = replace(TEACHERS, images="true_labels", n1=150)
    teach(tmp_path, spec)
    with pytest.raises(InputError, match=r"210 images .* has 200"):
        study_with(tmp_path, students_of(spec, student_images="true_labels"))


def test_students_begin_with_weights_of_their_own_and_learn_their_labels(
    folder, taught, tmp_path, monkeypatch
):
    seen, start, orders_of = {}, {}, {}

    def look(networks, data, recipe, names, seeds, *rest, **options):
        orders_of.update(zip(names, seeds, strict=True))
        seen.update(zip(names, data(slice(None)).train_labels, strict=True))
        start.update(zip(names, (network[1].weight.detach() for network in networks), strict=True))
        raise KilledError

    monkeypatch.setattr("rethinking.transfers.students.fit_members", look)
    copy_teachers(folder, tmp_path)
    with pytest.raises(KilledError):
        train_students_in(tmp_path, STUDENTS)
    members = students(STUDENTS)
    # All students of a teacher see their images in one order.
    assert orders_of == {i: derive_seed(members[i].seed, "student") for i in start}
    # All begin alike, with other weights than it and its pair did.
    for seed in (0, 1):
        (first, *others) = [weights for i, weights in start.items() if members[i].seed == seed]
        assert all(torch.equal(first, weights) for weights in others)
        for variant in ("trained", "new_initialisation"):
            teacher = build_teacher(BASE, TEACHERS, Teacher(seed, variant))
            assert not torch.equal(first, teacher[1].weight)
    assert len({float(weights.sum()) for weights in start.values()}) == 2
    # Soft labels are the teacher's probabilities, hard ones its classes.
    soft, hard = (
        seen[members.index(Student(1, "trained", labels, 60, "network"))][:60]
        for labels in ("soft", "hard")
    )
    network = build_teacher(BASE, TEACHERS, Teacher(1))
    network.load_state_dict(taught[1].state)
    pool = student_images(BASE, "uniform_noise", 60, 40, 1, taken=20).train
    with torch.no_grad():
        said = network(as_inputs(BASE, STUDENTS, pool, torch.device("cpu")))
    torch.testing.assert_close(soft, said.softmax(dim=1))
    assert torch.equal(hard, torch.nn.functional.one_hot(said.argmax(dim=1), 3).float())
    # Permuted ones are the same labels elsewhere, in an order of each teacher's own.
    orders = []
    for seed in (0, 1):
        kept, moved = (
            seen[members.index(Student(seed, source, "hard", 60, "network"))].argmax(dim=1)
            for source in ("trained", "permuted")
        )
        random = np.random.default_rng(derive_seed(seed, "permuted labels"))
        orders.append(random.permutation(60))
        assert torch.equal(moved, kept[orders[-1]])
    assert (orders[0] != orders[1]).any()
