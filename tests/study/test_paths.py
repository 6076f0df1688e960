"""Paths as users write them."""

import functools
import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

from benchmarks import bench
from rethinking.cli import COMMANDS, main
from rethinking.errors import InputError
from rethinking.study.paths import as_path, check_outside, check_results_dir, with_paths


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", ["results", "results/", "./results", "results//", "x/../results"])
def test_one_folder_has_one_path(home, text):
    assert as_path(text) == "results"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", "{}"),
        ("~/x/", "{}/x"),
        ("/data//pictures/.", "/data/pictures"),
        ("../x", "../x"),
        ("a/~", "a/~"),
    ],
)
def test_the_home_is_expanded_and_what_leads_elsewhere_stays(home, text, path):
    assert as_path(text) == path.format(home)


def test_a_folder_above_a_link_is_that_above_its_target(home):
    (home / "far/away").mkdir(parents=True)
    (home / "link").symlink_to(home / "far/away")
    assert as_path("./link/../x/") == "link/../x"
    assert Path("link/..").resolve() == home / "far"


@pytest.mark.parametrize("text", ["~nobody-of-this-name/x", "./~x"])
def test_a_home_that_there_is_not_is_refused(home, text):
    with pytest.raises(InputError, match="the home of that user is not known; write the path"):
        as_path(text)


def test_all_paths_of_a_config_are_expanded(home):
    config = {
        "results_dir": "~/results/",
        "scale": "~/x",
        "scales": {
            "a": {"datasets": {"p": {"label": "~", "path": "./p/", "train_images": 5}}},
            "b": {"datasets": {"c": {"archives": "~/archives"}, "none": None}},
        },
    }
    assert with_paths(config) == {
        "results_dir": f"{home}/results",
        "scale": "~/x",
        "scales": {
            "a": {"datasets": {"p": {"label": "~", "path": "p", "train_images": 5}}},
            "b": {"datasets": {"c": {"archives": f"{home}/archives"}, "none": None}},
        },
    }


@pytest.mark.parametrize("value", ["", 3, None, ["x"]])
def test_what_is_no_path_is_left_to_the_schema(value):
    assert with_paths({"results_dir": value}) == {"results_dir": value}


def test_what_cannot_be_expanded_is_named_by_its_key(home):
    with pytest.raises(InputError, match=r"^config: results_dir: ~nobody-of-this-name/x: the home"):
        with_paths({"results_dir": "~nobody-of-this-name/x"})
    variable = {"scales": {"s": {"datasets": {"d": {"path": "${DATA}/x"}}}}}
    with pytest.raises(InputError) as caught:
        with_paths(variable)
    assert str(caught.value) == (
        "config: scales.s.datasets.d.path: ${DATA}/x: no variables here; write the path in full"
    )
    (home / "a$b").mkdir()
    assert with_paths({"path": "a$b"}) == {"path": "a$b"}


@pytest.mark.parametrize(
    "given", [".", "..", "/", "src", "paper/sections", ".git/x", "results/reference/mine"]
)
def test_results_stay_out_of_what_is_no_result(tmp_path, monkeypatch, given):
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    said = f"config: results_dir: {given} holds files of the project"
    with pytest.raises(InputError, match=f"^{re.escape(said)}"):
        check_results_dir(given, tmp_path / "project")


@pytest.mark.parametrize("given", ["results", "mine", "sources", "../elsewhere", "results/x"])
def test_results_may_lie_in_any_folder_of_their_own(tmp_path, monkeypatch, given):
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    check_results_dir(given, tmp_path / "project")


def test_results_stay_out_of_the_project_by_a_link_too(tmp_path):
    (tmp_path / "project/src").mkdir(parents=True)
    (tmp_path / "link").symlink_to("project")
    for given in (tmp_path / "link", tmp_path / "link/src"):
        with pytest.raises(InputError, match="holds files of the project"):
            check_results_dir(str(given), tmp_path / "project")


def test_data_stay_out_of_results(tmp_path):
    results = tmp_path / "results"
    with pytest.raises(InputError, match=r"^config: k.path: .*/results/x lies in results_dir"):
        check_outside("k.path", str(tmp_path / "results/x"), str(results))
    check_outside("k.path", str(tmp_path / "results-x"), str(results))


def recorded(monkeypatch, module, name):
    """What a function of a module is called with, in place of what it does."""
    values = {}
    function = getattr(module, name)

    @functools.wraps(function)
    def record(*given, **named):
        values.update(inspect.signature(function).bind(*given, **named).arguments)
        return 0

    monkeypatch.setattr(module, name, record)
    return values


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("verify", "results_dir"),
        ("claims", "results_dir"),
        ("arxiv", "results_dir"),
        ("arxiv", "output"),
        ("archive", "output"),
        ("toy", "output"),
        ("forecast", "write_times"),
    ],
)
def test_paths_on_the_command_line_are_expanded(home, monkeypatch, command, option):
    (home / "Snakefile").touch()
    module, _, name = COMMANDS[command].partition(":")
    called = importlib.import_module(f"rethinking.commands.{module}")
    values = recorded(monkeypatch, called, name)
    with pytest.raises(SystemExit, match="0"):
        main([command, f"--{option.replace('_', '-')}=~/x/"])
    assert values[option] == home / "x"


def test_the_path_of_a_benchmark_is_expanded(home, monkeypatch):
    values = recorded(monkeypatch, bench, "bench")
    for given, code in (("~/x/", 0), ("~nobody-of-this-name/x", "error: ~nobody-of-this-name/x: ")):
        monkeypatch.setattr(sys, "argv", ["bench", f"--output={given}"])
        with pytest.raises(SystemExit, match=f"^{code}"):
            bench.main()
    assert values["output"] == home / "x"
