"""A user without a name, a home that cannot be written to, a folder with an odd name."""

import getpass
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from rethinking import cli
from rethinking.commands import queue
from rethinking.commands.account import (
    check_folder,
    forget_looks,
    give_caches_a_place,
    give_name,
    search_path,
)
from rethinking.errors import InputError
from tests.conftest import ROOT

NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME")


@pytest.fixture
def nameless(monkeypatch):
    """A user whom the machine does not know, as in a container that is run with --user."""

    def unknown(uid):
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that what is set meanwhile is undone


def test_a_user_without_a_name_is_called_by_number(nameless):
    with pytest.raises((KeyError, OSError)):
        getpass.getuser()
    give_name()
    assert getpass.getuser() == str(os.getuid())


def test_a_name_that_is_there_is_kept(monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    give_name()
    assert getpass.getuser() == "ada"


def test_the_queue_is_asked_by_the_number_of_a_user_without_a_name(nameless, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "rethinking_01234567-89ab-cdef-0123-456789abcdef"
    squeue = tmp_path / "squeue"
    squeue.write_text(
        f'#!/bin/sh\n[ "$2" = --user={os.getuid()} ] && [ "$3" = "--format=%A|%j|%Z" ] || exit 1\n'
        f"echo '7|{name}|{tmp_path}'\necho '8|other|{tmp_path}'\necho '9|{name}|/a|b'\n"
    )
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert queue.queued(print) == ["7"]


def test_a_user_without_a_name_and_without_slurm_has_no_jobs(nameless, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert queue.queued(print) == []


def test_a_users_settings_of_matplotlib_cannot_end_a_figure(tmp_path, monkeypatch):
    (tmp_path / "theirs").write_bytes(b"\xff\xfe\xe9")
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path / "theirs"))
    forget_looks()
    code = "import matplotlib.pyplot as plt; print(plt.get_backend())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "agg\n"


@pytest.fixture
def variables(monkeypatch, tmp_path):
    """Undoes what a test does to the variables that say where caches are, and leaves them unset."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_caches_stay_in_a_home_that_can_be_written_to(variables, tmp_path, capsys):
    variables.setenv("HOME", str(tmp_path / "home"))
    give_caches_a_place()
    assert "XDG_CACHE_HOME" not in os.environ
    assert capsys.readouterr().err == ""


# Below a file no folder can be made, by root neither.
@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
def test_caches_go_to_the_project_from_a_place_that_cannot_be_written_to(
    variables, tmp_path, capsys, variable
):
    (tmp_path / "file").touch()
    variables.setenv(variable, str(tmp_path / "file/home"))
    give_caches_a_place()
    assert os.environ["XDG_CACHE_HOME"] == str(tmp_path / ".snakemake/cache")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"rethinking: caches go to .snakemake/cache ({tmp_path}/file/home")
    assert line.endswith(": Not a directory); XDG_CACHE_HOME names another place")


@pytest.mark.parametrize("home", [None, ""])
def test_caches_and_profiles_have_a_place_without_a_home(
    nameless, variables, tmp_path, capsys, home
):
    if home is not None:
        variables.setenv("HOME", home)
    give_caches_a_place()
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        assert os.environ[name] == str(tmp_path / ".snakemake/cache")
    assert "(there is no home folder)" in capsys.readouterr().err


def test_a_command_of_the_workflow_makes_up_for_name_and_home(
    nameless, variables, tmp_path, capsys
):
    (tmp_path / "Snakefile").touch()
    variables.setattr(cli, "_command", lambda *_: 0)
    with pytest.raises(SystemExit):
        cli.main(["why"])
    assert getpass.getuser() == str(os.getuid())
    assert Path(os.environ["XDG_CACHE_HOME"]).is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "/p/src"),
        ("", "/p/src"),
        ("/modules/a:/modules/b", "/p/src:/modules/a:/modules/b"),
        ("/modules/a:/p/src", "/p/src:/modules/a"),
    ],
)
def test_the_path_of_modules_goes_on_to_hold_what_it_held(before, after):
    environment = {} if before is None else {"PYTHONPATH": before}
    assert search_path(Path("/p/src"), environment) == after


def made(folder, seen_as=None):
    """What `make setup` says in a folder where LaTeX is a word, and Python none that will do.

    Args:
        folder: The project's folder, to be made.
        seen_as: A link to it where `make` is started; itself by default.
    """
    (folder / "envs").mkdir(parents=True)
    (folder / "envs/latex.sh").write_text("echo installing LaTeX")
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    # Under `make test` this is a make within a make, which names its folder unless told not to.
    command = ["make", "--no-print-directory", "setup", "PYTHON=false"]
    there = seen_as or folder
    done = subprocess.run(
        command,
        cwd=there,
        env={**os.environ, "PWD": str(there)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", ["a b", "p(1)", "R&D", "it's_b", '$;#!*?[]<>|`~\\"é', "a-b.c"])
def test_the_folder_may_have_a_name_that_a_shell_takes_apart(name, tmp_path):
    check_folder(f"/home/{name}/project")
    assert made(tmp_path / name)[0] == "installing LaTeX"


def test_the_name_of_a_link_to_the_folder_does_not_matter(tmp_path):
    (tmp_path / "c:d").symlink_to(tmp_path / "plain")
    assert made(tmp_path / "plain", tmp_path / "c:d")[0] == "installing LaTeX"
    (tmp_path / "link").symlink_to(tmp_path / "a:b")
    assert made(tmp_path / "a:b", tmp_path / "link")[0].startswith(f"error: {tmp_path}/a:b: ")


@pytest.mark.parametrize("name", ["a{x}b", "a{", "}b", "a:b"])
def test_a_name_that_snakemake_misreads_is_refused_before_anything_is_installed(name, tmp_path):
    with pytest.raises(InputError) as refused:
        check_folder(str(tmp_path / name))
    assert made(tmp_path / name) == [f"error: {refused.value}"]
