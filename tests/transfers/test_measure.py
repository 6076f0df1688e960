"""What is measured of teachers and students."""

import math
import shutil
from dataclasses import replace

import numpy as np
import pytest

from rethinking.errors import InputError
from rethinking.names.units import UNITS
from rethinking.tables import read_table
from rethinking.transfers.measure import COLUMNS, SMOOTHNESS, Block, measure_cells, measured_answers
from rethinking.transfers.specs import AgreementSpec
from tests.helpers.transfers import STUDENTS, student_files, teacher_files

SPEC = AgreementSpec([STUDENTS], [0, 1], {"images": 20}, STUDENTS.compute)


def measured(folder, target, spec=SPEC):
    """Measure the teachers and students in a folder; give the table, written to another."""
    teachers, students, number = teacher_files(folder), student_files(folder), len(spec.cells)
    measure_cells(
        teachers["dataset"],
        [teachers["weights"]] * number,
        [teachers["info"]] * number,
        [students["answers"]] * number,
        [students["about"]] * number,
        target / "agreement.csv",
        spec,
    )
    return read_table(target / "agreement.csv")


@pytest.fixture(scope="module")
def table(folder, tmp_path_factory):
    return measured(folder, tmp_path_factory.mktemp("measured"))


def numbers(table, **keys):
    rows = table[table["x"].isna()]
    for key, value in keys.items():
        rows = rows[rows[key] == value]
    return rows.set_index("metric")["value"]


def test_every_pair_is_measured_on_every_set(table):
    assert tuple(table.columns) == COLUMNS
    students = table[(table["learner"] != "teacher") & (table["metric"] == "kappa")]
    assert len(students) == 2 * (13 * 2 + 8)  # 13 students on two sets, 8 of them on matched too
    assert set(students["test"]) == {"fresh", "own", "matched"}
    pairs = table[table["source"].isin(["new_initialisation", "new_labels"])]
    assert set(pairs.loc[pairs["metric"] == "kappa", "test"]) == {"fresh", "own"}


def test_each_metric_has_one_unit_and_shares_have_the_size_of_their_sample(table):
    units = table.groupby("metric")["unit"].unique()
    assert all(len(found) == 1 and found[0] in UNITS for found in units)
    told = {
        "train_accuracy": "share", "agreement": "share", "macro_recall": "share",
        "majority_rate": "share", "unmatched": "share", "interpolated": "seeds",
        "kappa": "coefficient", "logit_correlation": "coefficient", "logit_distance": "size",
        "entropy": "size", "steps": "size", "steps_to_fit": "size", "forced_lipschitz": "size",
        "confusion": "number",
    }  # fmt: skip
    assert {name: units[name][0] for name in told} == told
    # Among them is that of smoothness, flip_rate.
    shares = table[table["unit"].isin(["share", "seeds"])]
    assert shares["points"].notna().all()


def test_teachers_are_described(table):
    own = numbers(table, source="trained", learner="teacher", test="own", seed=0)
    assert own["train_accuracy"] == own["interpolated"] == 1
    assert own["steps_to_fit"] > 0
    assert {*SMOOTHNESS, "forced_lipschitz"} <= set(own.index)
    assert 0 < own["forced_lipschitz"] <= own["lipschitz_upper"]
    fresh = numbers(table, source="untrained", learner="teacher", test="fresh", seed=0)
    assert 1 / 3 <= fresh["majority_rate"] <= 1
    assert 0 <= fresh["entropy"] <= math.log2(3)


def test_teachers_of_the_same_labels_agree_on_their_own_images(table):
    same = numbers(table, source="new_initialisation", test="own", seed=1)
    other = numbers(table, source="new_labels", test="own", seed=1)
    assert same["agreement"] == same["kappa"] == 1
    assert other["agreement"] < 1


def test_a_teacher_with_students_on_several_kinds_is_measured_once(folder, tmp_path):
    twice = measured(folder, tmp_path, replace(SPEC, cells=[STUDENTS, STUDENTS]))
    assert (twice["metric"] == "forced_lipschitz").sum() == 2
    assert (twice["metric"] == "entropy").sum() == 2 * 2 * 2 * 6
    none = measured(folder, tmp_path, replace(SPEC, smoothness=None, seeds=[1]))
    assert set(none["seed"]) == {1}
    assert "forced_lipschitz" not in set(none["metric"])


# As many images as the students of the block below have.
CELL = replace(STUDENTS, n2=[60])


def block(students, teacher, about=()):
    """Answers of one teacher and of students of it, of three classes."""
    answers = {
        f"teacher/trained/{test}": teacher[None].astype(float) for test in ("own", "fresh")
    } | {f"students/{test}": np.stack(students).astype(float) for test in ("own", "fresh")}
    answers["labels"] = teacher.argmax(axis=1)[None]
    of_teacher = {"seed": 0, "variant": "trained", "status": "interpolated", "steps": 7}
    one = {"seed": 0, "source": "trained", "labels": "hard", "n2": 60, "learner": "network"}
    found = {
        "teachers": [of_teacher | dict(about)],
        "students": [one | {"train_accuracy": 1.0} for _ in students],
    }
    return Block(answers, found, [0])


def test_a_copied_network_agrees_in_everything():
    logits = np.random.default_rng(0).normal(size=(30, 3))
    found = list(measured_answers(block([logits], logits), CELL, 0))
    of_student = [(keys[4], one.name, one.value) for keys, one in found if keys[3] == "network"]
    for test in ("own", "fresh", "matched"):
        values = {name: value for at, name, value in of_student if at == test}
        assert values["agreement"] == values["kappa"] == values["macro_recall"] == 1
        assert values["logit_correlation"] == pytest.approx(1)
        assert values["logit_distance"] == pytest.approx(0)


def test_the_confusion_has_all_fresh_images():
    random = np.random.default_rng(0)
    teacher, student = random.normal(size=(2, 30, 3))
    found = measured_answers(block([student], teacher), CELL, 0)
    counts = {(one.x, one.y): one.value for _, one in found if one.name == "confusion"}
    assert len(counts) == 9
    assert sum(counts.values()) == 30
    right = (teacher.argmax(1) == student.argmax(1)).sum()
    assert counts[0, 0] + counts[1, 1] + counts[2, 2] == right


def test_of_a_teacher_that_diverged_it_is_only_said_that_it_did():
    logits = np.full((30, 3), np.nan)
    diverged = block([logits], logits, {"status": "diverged"})
    ((_, metric),) = measured_answers(diverged, CELL, 0)
    assert (metric.name, metric.value) == ("interpolated", 0)


def test_damaged_answers_are_named(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    student_files(tmp_path / "copy")["answers"].write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"students.safetensors: damaged"):
        measured(tmp_path / "copy", tmp_path)


def test_of_a_student_that_diverged_there_is_no_number_and_a_note():
    logits = np.random.default_rng(0).normal(size=(30, 3))
    found = measured_answers(block([logits, np.full((30, 3), np.nan)], logits), CELL, 0)
    kappas = [one for keys, one in found if (keys[4], one.name) == ("fresh", "kappa")]
    assert [one.value for one in kappas] == [1, pytest.approx(math.nan, nan_ok=True)]
    assert [one.note for one in kappas] == ["", "diverged"]
