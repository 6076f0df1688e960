"""The package by itself, as pip installs it, where Snakemake is not."""

import os
import shutil
import subprocess
import sys

import pytest

from rethinking.cli import OF_THE_WORKFLOW

TOY = "--seeds 1 --dimensions 6 --hidden 8 --teacher-images 40 --student-images 20 --epochs 2"


@pytest.fixture(scope="module")
def installed(root, tmp_path_factory):
    """A folder with the package from a wheel, and in which the workflow's libraries are missing."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    copied = folder / "source"  # a build leaves files behind
    shutil.copytree(root / "src", copied / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copied)
    subprocess.run([*pip, "--target", str(folder / "packages"), str(copied)], check=True)
    for name in OF_THE_WORKFLOW:
        (folder / "packages" / f"{name}.py").write_text(
            f"raise ModuleNotFoundError('no {name}', name={name!r})"
        )
    return folder / "packages"


def command(installed, folder, *arguments):
    done = subprocess.run(
        [str(installed / "bin/rethinking"), *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_toy_runs_anywhere(installed, tmp_path):
    code, out, error = command(installed, tmp_path, "toy", *TOY.split(), "--output", "toy")
    assert code == 0, error
    assert "1 teachers and 1 students" in out
    assert (tmp_path / "toy/toy.pdf").exists()


def test_its_modules_are_those_of_the_wheel(installed, tmp_path):
    code = "import rethinking.data.noise as module; print(module.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(installed))


def test_what_needs_the_workflow_says_so_in_one_line(installed, root):
    for name in ("run", "why", "forecast", "clean", "archive"):
        code, _, error = command(installed, root, name)
        assert code == 1
        assert error.startswith(f"error: rethinking {name} needs ")
        assert len(error.splitlines()) == 1


def test_results_can_be_compared_without_a_clone(installed, root, tmp_path):
    published = str(root / "results/reference/demo")
    code, out, error = command(installed, tmp_path, "diff", published, published)
    assert code == 0, error
    assert "16 the same, 0 not" in out
