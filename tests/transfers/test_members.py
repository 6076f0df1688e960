"""Which teachers and students a spec describes."""

from dataclasses import replace

from rethinking.transfers.members import Student, Teacher, students, teachers
from tests.helpers.transfers import STUDENTS, TEACHERS, students_of


def test_pairs_are_beside_the_teachers_variant_by_variant():
    assert teachers(TEACHERS) == [
        Teacher(seed, variant)
        for variant in ("trained", "new_initialisation", "new_labels")
        for seed in (0, 1)
    ]
    assert teachers(replace(TEACHERS, pairs=False)) == [Teacher(0), Teacher(1)]


def test_each_seed_has_two_initialisations_of_its_own():
    initialisations = {(one.seed, one.variant): one.initialisation for one in teachers(TEACHERS)}
    assert len(set(initialisations.values())) == 2 * 2
    for seed in (0, 1):
        own = initialisations[seed, "trained"]
        assert own == seed == initialisations[seed, "new_labels"]
        assert own != initialisations[seed, "new_initialisation"]


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


def test_without_controls_there_is_a_network_for_each_number_of_images():
    spec = students_of(TEACHERS, sources=[], learners=[], soft=False, n2=[60, 10])
    assert students(spec) == [
        Student(seed, "trained", "hard", n2, "network") for seed in (0, 1) for n2 in (10, 60)
    ]
