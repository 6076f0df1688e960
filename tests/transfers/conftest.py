"""Teachers and students that several tests look at."""

import pytest
from safetensors.numpy import load_file

from rethinking.files import read_json
from rethinking.training.checkpoint import load_block
from tests.helpers.transfers import (
    STUDENTS,
    TEACHERS,
    student_files,
    study_with,
    teach,
    teacher_files,
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Trained teachers and students; not to be written to."""
    folder = tmp_path_factory.mktemp("transfer")
    teach(folder, TEACHERS)
    study_with(folder, STUDENTS)
    return folder


@pytest.fixture(scope="session")
def taught(folder):
    """The teachers."""
    files = teacher_files(folder)
    return load_block(files["weights"], files["info"])


@pytest.fixture(scope="session")
def answers(folder):
    """The logits of teachers and students."""
    return load_file(student_files(folder)["answers"])


@pytest.fixture(scope="session")
def about(folder):
    """Who gave them."""
    return read_json(student_files(folder)["about"])
