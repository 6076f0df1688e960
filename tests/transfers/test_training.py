"""Teachers and students, trained for real on small images."""

import math

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from rethinking.data.dataset import save
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver
from rethinking.training.checkpoint import load_block
from rethinking.transfers.agreement import kappa
from rethinking.transfers.images import student_images, teacher_images, teacher_labels
from rethinking.transfers.students import (
    NEIGHBOURS,
    Student,
    cross_validated_neighbours,
    students,
    train_students,
)
from rethinking.transfers.teachers import (
    Teacher,
    as_inputs,
    build_teacher,
    epoch_steps,
    labels_of,
    teachers,
    train_teachers,
)
from tests.conftest import make_dataset

BASE = make_dataset(n=200, m=50, shape=(1, 4, 4), classes=3)
TEACHERS = {
    "seeds": [0, 1],
    "pairs": True,
    "dataset": {"name": "made_up"},
    "images": "uniform_noise",
    "n1": 20,
    "tests": 40,
    "model": {"name": "m", "module": "mlp", "options": {"hidden": [64, 32]}},
    "recipe": {
        "name": "teachers",
        "optimizer": "adam",
        "batch_size": 16,
        "learning_rate": 0.01,
        "momentum": 0.9,
        "weight_decay": 0.0,
        "schedule": "constant",
        "max_epochs": 60,
        "stop_at_train_accuracy": 1.0,
        "scaling": "per_dataset",
        "epoch_steps": 5,
        "crop": None,
    },
    "device": "cpu",
    "threads": 1,
    "precision": "float32",
    "compile": False,
}
STUDENTS = TEACHERS | {
    "student_images": "uniform_noise",
    "n2": [10, 60],
    "sources": ["nearest_neighbour", "untrained", "untrained_centred", "permuted"],
    "learners": ["linear", "neighbours"],
    "soft": True,
    "recipe": TEACHERS["recipe"]
    | {"schedule": "one_cycle", "stop_at_train_accuracy": None, "max_epochs": 4},
}
LINEAR = {"name": "l", "module": "mlp", "options": {"hidden": []}}


def paths(folder):
    return {
        "dataset": folder / "base.safetensors",
        "weights": folder / "block-0/teachers.safetensors",
        "info": folder / "block-0/teachers.json",
        "resume": folder / "resume",
    }


def teach(folder, spec, base=BASE):
    save(base, folder / "base.safetensors")
    train_teachers(**paths(folder), curve=folder / "block-0/teachers.csv", spec=spec)
    return load_block(paths(folder)["weights"], paths(folder)["info"])


def outputs(folder):
    return {
        "answers": folder / "block-0/students.safetensors",
        "about": folder / "block-0/students.json",
        "curve": folder / "block-0/students.csv",
    }


def study_with(folder, spec):
    """Train students; give their answers and who they are."""
    files = outputs(folder)
    train_students(**paths(folder), **files, spec=spec)
    return load_file(files["answers"]), read_json(files["about"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Teachers and students that are there already; not to be written to."""
    folder = tmp_path_factory.mktemp("transfer")
    teach(folder, TEACHERS)
    study_with(folder, STUDENTS)
    return folder


@pytest.fixture(scope="module")
def answers(folder):
    return load_file(outputs(folder)["answers"])


@pytest.fixture(scope="module")
def about(folder):
    return read_json(outputs(folder)["about"])


def test_teachers_fit_their_own_labels_and_pairs_differ_in_one_thing(folder):
    taught = load_block(paths(folder)["weights"], paths(folder)["info"])
    members = teachers(TEACHERS)
    assert [one.status for one in taught] == ["interpolated"] * 6
    assert [(one.variant, one.seed) for one in members] == [
        (variant, seed)
        for variant in ("trained", "new_initialisation", "new_labels")
        for seed in (0, 1)
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


def test_the_steps_of_an_epoch_are_counted_as_they_are_taken():
    recipe = {key: value for key, value in TEACHERS["recipe"].items() if key != "epoch_steps"}
    assert epoch_steps(TEACHERS) == 5
    counted = [epoch_steps({"recipe": recipe, "n1": n}) for n in (16, 17, 18, 32, 33)]
    assert counted == [1, 1, 2, 2, 2]  # a last batch of one image is joined to the one before


def test_pairs_start_where_they_should():
    start = {
        variant: build_teacher(BASE, TEACHERS, Teacher(0, variant)).state_dict()
        for variant in ("trained", "new_initialisation", "new_labels")
    }
    labels = {variant: labels_of(BASE, TEACHERS, Teacher(0, variant))[0] for variant in start}
    name = "1.weight"
    assert torch.equal(start["trained"][name], start["new_labels"][name])
    assert not torch.equal(start["trained"][name], start["new_initialisation"][name])
    other = build_teacher(BASE, TEACHERS, Teacher(1, "new_initialisation")).state_dict()
    assert not torch.equal(other[name], start["new_initialisation"][name])
    assert (labels["trained"] == labels["new_initialisation"]).all()
    assert (labels["trained"] != labels["new_labels"]).any()


def test_every_control_is_among_the_students():
    found = students(STUDENTS)
    of_first = [one for one in found if one.seed == 0]
    assert len(found) == 2 * len(of_first) == len(set(found))
    assert set(of_first) == {
        *(Student(0, source, "hard", n2, "network")
          for source in ("trained", "nearest_neighbour") for n2 in (10, 60)),
        *(Student(0, source, "hard", 60, "network")
          for source in ("untrained", "untrained_centred", "permuted")),
        *(Student(0, "trained", "soft", n2, "network") for n2 in (10, 60)),
        *(Student(0, "trained", "hard", n2, learner)
          for learner in ("linear", "neighbours") for n2 in (10, 60)),
    }  # fmt: skip


def test_teachers_are_asked_what_they_know_and_what_is_fresh(answers, about):
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
    for place, seed in enumerate(TEACHERS["seeds"]):
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


def test_students_learn_what_they_were_told(answers, about):
    for student in about["students"]:
        if student["learner"] == "network" and student["n2"] == 10:
            assert student["train_accuracy"] > (0.9 if student["labels"] == "hard" else 0.6)


def test_a_neighbours_student_gives_the_votes_of_as_many_as_it_asks(answers, about):
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


def best_by_folds(images, classes, folds):
    """The number of neighbours that classifies best what lies in other folds."""
    n = len(images)
    apart = np.linalg.norm(images[:, None] - images, axis=2)
    fold = np.repeat(np.arange(folds), n // folds)
    accuracies = {}
    for k in NEIGHBOURS:
        if k <= n - n // folds:
            shares = []
            for one in range(folds):
                others = np.flatnonzero(fold != one)
                nearest = others[np.argsort(apart[fold == one][:, others], axis=1)[:, :k]]
                votes = [np.bincount(row).argmax() for row in classes[nearest]]
                shares.append(np.mean(votes == classes[fold == one]))
            accuracies[k] = np.mean(shares)
    return max(accuracies, key=lambda k: (round(accuracies[k], 9), -k))


def test_neighbours_are_chosen_by_five_folds():
    found = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        images = random.standard_normal((60, 2))
        classes = (images[:, 0] + random.standard_normal(60) > 0).astype(int)
        found.append(cross_validated_neighbours(images, classes))
        assert found[-1] == best_by_folds(images, classes, 5)
    assert len(set(found)) > 1, "the choice should differ"


def test_linear_students_of_linear_teachers_agree_almost_everywhere(tmp_path):
    spec = TEACHERS | {"model": LINEAR, "n1": 6, "pairs": False}
    teach(tmp_path, spec)
    recipe = STUDENTS["recipe"] | {"epoch_steps": 100, "learning_rate": 0.1}
    spec = STUDENTS | spec | {"recipe": recipe, "n2": [4000], "tests": 1000}
    spec |= {"sources": [], "learners": [], "soft": False}
    answers, about = study_with(tmp_path, spec)
    for place, student in enumerate(about["students"]):
        teacher = answers["teacher/trained/fresh"][student["seed"]].argmax(1)
        assert kappa(teacher, answers["students/fresh"][place].argmax(1)) > 0.95


def test_nothing_is_learned_of_permuted_labels(tmp_path):
    spec = TEACHERS | {"seeds": list(range(8)), "pairs": False}
    teach(tmp_path, spec)
    spec = STUDENTS | spec | {"tests": 500, "sources": ["permuted"], "learners": [], "soft": False}
    spec |= {"n2": [300], "recipe": STUDENTS["recipe"] | {"epoch_steps": 20}}
    answers, about = study_with(tmp_path, spec)
    found = {"trained": [], "permuted": []}
    for place, student in enumerate(about["students"]):
        teacher = answers["teacher/trained/fresh"][student["seed"]].argmax(1)
        student_says = answers["students/fresh"][place].argmax(1)
        found[student["source"]].append(kappa(teacher, student_says))
    error = np.std(found["permuted"], ddof=1) / math.sqrt(8)
    # Five standard errors and the resolution of 500 images: wrong once in a million.
    assert abs(np.mean(found["permuted"])) < 5 * error + 0.01
    assert np.mean(found["trained"]) > 0.2


def test_teachers_and_students_of_a_block_are_those_of_each_seed_alone(folder, tmp_path, answers):
    together = load_block(paths(folder)["weights"], paths(folder)["info"])
    spec = {"seeds": [1]}
    alone = teach(tmp_path, TEACHERS | spec)
    for number, one in enumerate(alone):
        other = together[2 * number + 1]
        assert (one.status, one.epochs) == (other.status, other.epochs)
        for name, values in one.state.items():
            torch.testing.assert_close(values, other.state[name], atol=2e-3, rtol=1e-3)
    own, about_own = study_with(tmp_path, STUDENTS | spec)
    members = students(STUDENTS)
    for place, student in enumerate(students(STUDENTS | spec)):
        same = answers["students/fresh"][members.index(student)]
        agreed = same.argmax(1) == own["students/fresh"][place].argmax(1)
        assert agreed.mean() > 0.9
    assert len(about_own["students"]) == len(members) / 2


def test_fewer_images_or_other_sizes_leave_the_other_students_as_they_were(
    folder, tmp_path, answers
):
    (tmp_path / "block-0").mkdir()
    for name in ("base.safetensors", "block-0/teachers.safetensors", "block-0/teachers.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    few, _ = study_with(tmp_path, STUDENTS | {"n2": [10, 30, 60]})
    before = students(STUDENTS)
    after = students(STUDENTS | {"n2": [10, 30, 60]})
    for student in before:
        one = answers["students/fresh"][before.index(student)]
        other = few["students/fresh"][after.index(student)]
        assert (one.argmax(1) == other.argmax(1)).mean() > 0.9


def test_finished_students_are_put_back_not_trained(folder, monkeypatch):
    files = outputs(folder)
    before = files["answers"].read_bytes()
    files["answers"].unlink()
    monkeypatch.setattr("rethinking.training.members.fit", None)
    train_students(**paths(folder), **files, spec=STUDENTS)
    assert files["answers"].read_bytes() == before


class KilledError(Exception):
    pass


def test_killed_again_and_again_students_end_with_the_same_bytes(folder, tmp_path, monkeypatch):
    expected = [path.read_bytes() for path in outputs(folder).values()]
    (tmp_path / "block-0").mkdir()
    for name in ("base.safetensors", "block-0/teachers.safetensors", "block-0/teachers.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
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
    while not outputs(tmp_path)["answers"].exists():
        try:
            train_students(**paths(tmp_path), **outputs(tmp_path), spec=STUDENTS)
        except KilledError:
            kills += 1
    assert kills >= 5
    assert [path.read_bytes() for path in outputs(tmp_path).values()] == expected


def test_convolutional_networks_teach_and_learn_too(tmp_path):
    model = {"name": "r", "module": "resnet18", "options": {"width_factor": 0.125}}
    spec = TEACHERS | {"model": model, "seeds": [0], "n1": 10}
    teach(tmp_path, spec | {"recipe": TEACHERS["recipe"] | {"max_epochs": 2}})
    small = {"n2": [20], "learners": [], "sources": ["untrained"]}
    recipe = {"recipe": STUDENTS["recipe"] | {"max_epochs": 1}}
    answers, about = study_with(tmp_path, STUDENTS | spec | small | recipe)
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
    spec = TEACHERS | {"images": "true_labels", "n1": 150}
    teach(tmp_path, spec)
    with pytest.raises(InputError, match=r"210 images .* has 200"):
        study_with(tmp_path, STUDENTS | spec | {"student_images": "true_labels"})


def test_students_begin_with_weights_of_their_own_and_learn_what_they_are_told(
    folder, tmp_path, monkeypatch
):
    seen, start = {}, {}

    def look(networks, data, recipe, names, *rest, **options):
        seen.update(zip(names, data(slice(None)).train_labels, strict=True))
        start.update(zip(names, (network[1].weight.detach() for network in networks), strict=True))
        raise KilledError

    monkeypatch.setattr("rethinking.transfers.students.fit_members", look)
    files = paths(folder) | {"resume": tmp_path} | outputs(tmp_path)
    with pytest.raises(KilledError):
        train_students(**files, spec=STUDENTS)
    members = students(STUDENTS)
    # All students of a teacher begin alike, with other weights than it and its pair did.
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
    taught = load_block(paths(folder)["weights"], paths(folder)["info"])
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
