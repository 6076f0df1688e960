"""Which teachers and students a config asks for."""

from dataclasses import replace

import pytest

from rethinking.study import specs
from rethinking.transfers import study
from rethinking.transfers.study import Cell
from tests.helpers.config import shipped

CELL = Cell("two_stage", "mlp256x128x64", "uniform_noise", 100, "uniform_noise")


@pytest.fixture
def config():
    return shipped()


def test_cells_are_all_teachers_with_each_kind_of_students_in_order(config):
    found = study.cells(config, "demo", "two_stage")
    assert found == [
        CELL,
        replace(CELL, n1=500),
        replace(CELL, images="gaussian_noise", n1=500, student_images="gaussian_noise"),
        replace(CELL, images="true_labels", n1=500, student_images="true_labels"),
        replace(CELL, model="vgg11", n1=200),
        replace(CELL, model="resnet18", n1=200),
    ]
    walks = study.cells(config, "demo", "random_walk")
    kinds = [(one.images, one.student_images) for one in walks]
    assert kinds[:2] == [
        ("random_walk_pixel", "random_walk_pixel"),
        ("random_walk_pixel", "uniform_noise"),
    ]


def test_teachers_are_told_their_images_and_how_they_train(config):
    config["scales"]["demo"]["models"]["mlp256x128x64"] |= {"block_size": 2, "crop": 6}
    spec = study.teachers_spec(config, "demo", CELL, block=1)
    assert (spec.images, spec.n1, spec.tests, spec.pairs) == ("uniform_noise", 100, 1000, True)
    assert spec.seeds == [2, 3]
    assert spec.dataset == specs.dataset_spec(config, "demo", "all_digits")
    assert spec.model == specs.model_spec(config, "demo", "mlp256x128x64")
    assert (spec.recipe.name, spec.recipe.learning_rate) == ("teachers", 0.003)
    assert spec.recipe.crop is None, "they see whole images"
    assert spec.compute == specs.compute(config, "demo", "mlp256x128x64")


def test_students_are_told_what_their_teachers_are_and_more(config):
    teachers = study.teachers_spec(config, "demo", CELL, block=0)
    students = study.students_spec(config, "demo", CELL, block=0)
    shared = {name: getattr(students, name) for name in vars(teachers) if name != "recipe"}
    assert shared == {name: value for name, value in vars(teachers).items() if name != "recipe"}
    assert (students.recipe.name, students.recipe.crop) == ("students", None)
    assert students.student_images == "uniform_noise"
    assert students.n2 == [50, 250, 600, 1500, 4000]
    entry = study.entry_of(config, "demo", "two_stage")
    assert (students.sources, students.learners) == (entry["sources"], entry["learners"])
    assert students.soft


def test_all_that_is_measured_of_a_model_is_of_all_blocks_of_its_cells(config):
    config["scales"]["demo"]["models"]["vgg11"]["block_size"] = 2
    spec = study.agreement_spec(config, "demo", "two_stage", "vgg11")
    assert [(one.images, one.seeds) for one in spec.cells] == [
        ("uniform_noise", [0, 1]),
        ("uniform_noise", [2, 3]),
    ]
    assert {one.model.name for one in spec.cells} == {"vgg11"}
    assert spec.seeds == [0, 1, 2]
    asked = study.entry_of(config, "demo", "two_stage")["smoothness"]
    assert (spec.smoothness is None) == (not asked)
    walks = study.agreement_spec(config, "demo", "random_walk", "mlp256x128x64")
    assert walks.smoothness == {"images": 200}
    assert len(walks.cells) == len(study.cells(config, "demo", "random_walk"))
    # Nothing is trained here, so that nothing hangs on the width of the network.
    assert spec.compute == specs.compute(config, "demo")


def test_linear_students_hang_on_the_module_of_perceptrons(config):
    assert study.modules(config, "demo", "two_stage", "vgg11") == [
        "rethinking.data.read",
        "rethinking.data.sources.digits",
        "rethinking.models.vgg11",
        "rethinking.models.mlp",
    ]


def test_claims_may_name_what_a_transfer_puts_into_its_columns(config):
    entry = study.entry_of(config, "demo", "two_stage")
    found = study.columns(entry)
    assert found["model"] == {"mlp256x128x64", "vgg11", "resnet18"}
    assert found["images"] == found["student_images"]
    assert found["images"] == {"uniform_noise", "gaussian_noise", "true_labels"}
    assert found["n1"] == {100, 200, 500}
    assert found["n2"] == {50, 250, 300, 600, 900, 1000, 1500, 4000}
    pairs = {"new_initialisation", "new_labels"}
    assert found["source"] == {"trained", *pairs, *entry["sources"]}
    walks = study.columns(study.entry_of(config, "demo", "random_walk"))
    assert walks["source"] == {"trained", "permuted"}  # it has no pairs
    assert "random_walk_pixel_marginals" in walks["images"] - walks["student_images"]


def test_facts_are_the_largest_numbers_of_images_and_the_steps(config):
    facts = study.facts(config, "demo")
    assert facts["two_stage/test_images"] == 1000
    assert facts["two_stage/mlp256x128x64/teachers"] == 5
    assert facts["two_stage/mlp256x128x64/steps"] == 6 * 50
    assert facts["two_stage/mlp256x128x64/uniform_noise/n1"] == 500
    assert facts["two_stage/mlp256x128x64/uniform_noise/n2"] == 4000
    assert facts["random_walk/mlp256x128x64/random_walk_pixel_marginals/n2"] == 4000
    del config["scales"]["demo"]["transfers"]
    assert study.facts(config, "demo") == {}
