"""Teachers and students: trained for real on small images, and made-up rows about them."""

import math
import shutil
from dataclasses import replace

from safetensors.numpy import load_file

from rethinking.data.dataset import save
from rethinking.files import read_json
from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.training.checkpoint import load_block
from rethinking.training.recipe import Recipe
from rethinking.transfers.specs import StudentsSpec, TeachersSpec
from rethinking.transfers.students import train_students
from rethinking.transfers.teachers import train_teachers
from tests.conftest import make_dataset

BASE = make_dataset(n=200, m=50, shape=(1, 4, 4), classes=3)
TEACHERS = TeachersSpec(
    dataset=DatasetSpec("made_up", "made_up", {}),
    images="uniform_noise",
    n1=20,
    tests=40,
    pairs=True,
    seeds=[0, 1],
    model=ModelSpec("m", "mlp", {"hidden": [64, 32]}),
    recipe=Recipe(
        name="teachers",
        optimizer="adam",
        batch_size=16,
        momentum=0.9,
        weight_decay=0.0,
        schedule="constant",
        scaling="per_dataset",
        stop_at_train_accuracy=1.0,
        learning_rate=0.01,
        max_epochs=60,
        epoch_steps=5,
    ),
    compute=Compute("cpu", 1),
)
RECIPE = replace(TEACHERS.recipe, schedule="one_cycle", stop_at_train_accuracy=None, max_epochs=4)


def students_of(teachers, **keys):
    """The spec of the students of some teachers, with other settings where they are given."""
    defaults = {
        "student_images": "uniform_noise",
        "n2": [10, 60],
        "sources": ["nearest_neighbour", "untrained", "untrained_centred", "permuted"],
        "learners": ["linear", "neighbours"],
        "soft": True,
        "recipe": RECIPE,
    }
    return StudentsSpec(**vars(teachers) | defaults | keys)


STUDENTS = students_of(TEACHERS)


def teacher_files(folder):
    """The files of the teachers in a folder, by the parameters of the steps that read them."""
    return {
        "dataset": folder / "base.safetensors",
        "weights": folder / "block-0/teachers.safetensors",
        "info": folder / "block-0/teachers.json",
    }


def student_files(folder):
    """The files of the students in a folder, by the parameters of the step that writes them."""
    return {
        "answers": folder / "block-0/students.safetensors",
        "about": folder / "block-0/students.json",
        "curve": folder / "block-0/students.csv",
    }


def teach(folder, spec, base=BASE):
    """Train teachers, and give them."""
    files = teacher_files(folder)
    save(base, files["dataset"])
    curve = folder / "block-0/teachers.csv"
    train_teachers(**files, curve=curve, resume=folder / "resume/teachers", spec=spec)
    return load_block(files["weights"], files["info"])


def train_students_in(folder, spec):
    """Train students of the teachers in a folder."""
    files = teacher_files(folder) | student_files(folder)
    train_students(**files, resume=folder / "resume/students", spec=spec)


def study_with(folder, spec):
    """Train students; give their answers and who they are."""
    train_students_in(folder, spec)
    files = student_files(folder)
    return load_file(files["answers"]), read_json(files["about"])


def copy_teachers(folder, target):
    """Copy the teachers in a folder, without their students, into another."""
    for path, copy in zip(
        teacher_files(folder).values(), teacher_files(target).values(), strict=True
    ):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)


def measured_row(metric="kappa", value=0.5, **keys):
    """A row about a teacher and its student, as they are measured."""
    about = {
        "dataset": "d", "model": "m", "images": "uniform_noise", "n1": 50,
        "student_images": "uniform_noise", "source": "trained", "labels": "hard", "n2": 100,
        "learner": "network", "test": "fresh", "seed": 0,
    }  # fmt: skip
    about |= {"metric": metric, "x": math.nan, "y": math.nan, "value": value}
    return about | {"unit": "coefficient", "points": None, "note": None} | keys
