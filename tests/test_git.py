"""The commit that records name, whatever lies around the project and in the environment."""

import os

import pytest

from rethinking import git as module
from rethinking.errors import InputError
from rethinking.git import code_state, git

WHO = ("-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main")
CORRUPTIONS = "src/rethinking/data/corruptions"


def commit_all(folder):
    for arguments in (["init"], ["add", "--all"], ["commit", "--message=all"]):
        git(folder, *WHO, *arguments)
    return git(folder, "rev-parse", "HEAD").decode().strip()


@pytest.fixture
def project(tmp_path):
    """A project below a foreign repository, without one of its own."""
    folder = tmp_path / "foreign/project"
    for name in (f"{CORRUPTIONS}/label_noise.py", "Snakefile", "paper/main.tex"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("pass\n")
    (folder / ".gitignore").write_text("__pycache__/\nmine_*\n*.log\nignored\nown.tex\n")
    commit_all(tmp_path / "foreign")
    return folder


def test_a_repository_around_the_project_is_not_taken_for_its_own(project):
    assert code_state(project) == {
        "commit": None,
        "dirty": None,
        "commit_unknown": "git: not a git repository (or any of the parent directories): .git",
    }


def test_variables_of_a_hook_do_not_lead_to_another_repository(project, monkeypatch):
    (project / "notes.txt").write_text("mine")
    commit = commit_all(project)
    monkeypatch.setenv("GIT_DIR", str(project.parent / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(project.parent))
    monkeypatch.setenv("GIT_INDEX_FILE", str(project.parent / ".git/index"))
    assert code_state(project) == {"commit": commit, "dirty": False}
    link = project.parent.parent / "link"
    link.symlink_to(project)
    assert code_state(link) == {"commit": commit, "dirty": False}


@pytest.mark.parametrize(
    ("name", "dirty"),
    [
        (f"{CORRUPTIONS}/inverted.py", True),
        (f"{CORRUPTIONS}/mine_inverted.py", True),  # git ignores it, and Python does not
        ("workflow/rules/more.smk", True),
        ("paper/sections/mine.tex", True),
        ("Snakefile", True),
        ("src/mine/__init__.py", True),
        (f"{CORRUPTIONS}/__pycache__/inverted.cpython-311.pyc", False),
        ("paper/main.log", False),
        ("src/rethinking/measures/ignored/__init__.py", True),
        ("src/rethinking/measures/ignored/notes.txt", False),
        ("paper/sections/own.tex", True),
        ("notes.txt", False),
        ("results/demo/values.json", False),
    ],
)
def test_code_that_git_was_not_given_counts_as_a_change(project, name, dirty):
    commit = commit_all(project)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("new\n")
    assert code_state(project) == {"commit": commit, "dirty": dirty}


def test_a_clone_of_another_user_is_unknown_with_the_reason(project, monkeypatch):
    commit_all(project)
    if os.geteuid() == 0:
        for path in (project, project / ".git"):
            os.chown(path, 4321, 4321)
    else:
        # What git says then, as only root can give files to another.
        fake = project / "bin/git"
        fake.parent.mkdir()
        fake.write_text(
            f"#!/bin/sh\necho \"fatal: detected dubious ownership in repository at '{project}'\n"
            'To add an exception for this directory, call:" >&2\nexit 128\n'
        )
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    reason = f"git: detected dubious ownership in repository at '{project}'"
    assert code_state(project) == {"commit": None, "dirty": None, "commit_unknown": reason}


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda project: git(project, "init"), "git: Needed a single revision"),
        (
            lambda project: os.environ.update(PATH=""),
            "git cannot be started: No such file or directory",
        ),
    ],
    ids=["no commit", "no git"],
)
def test_where_git_cannot_know_there_is_a_reason(project, monkeypatch, prepare, reason):
    monkeypatch.setenv("PATH", os.environ["PATH"])
    prepare(project)
    assert code_state(project) == {"commit": None, "dirty": None, "commit_unknown": reason}


def test_a_command_that_fails_is_one_line(project):
    with pytest.raises(InputError, match=r"^git: [^\n]+$"):
        git(project, "no-such-command")


def test_no_other_module_asks_git(root):
    found = {
        str(path.relative_to(root))
        for folder in ("src", "workflow", "benchmarks", "docs", "notebooks")
        for path in (root / folder).rglob("*")
        if path.suffix in {".py", ".smk"} and '"git"' in path.read_text()
    }
    assert found == {"src/rethinking/git.py"}


def test_git_that_does_not_end_is_stopped_and_said(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "never")
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nexec cat {tmp_path}/never\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(module, "LIMIT_S", 0.2)
    said = "git: rev-parse did not end in 0.2 s"
    assert code_state(tmp_path) == {"commit": None, "dirty": None, "commit_unknown": said}
