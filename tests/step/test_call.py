"""From a job to the function that its rule names: arguments by the names of its parameters."""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import msgspec
import pytest

from rethinking.files import digest
from rethinking.networks.specs import TrainSpec
from rethinking.step.call import call
from tests.helpers.training import SPEC


@dataclass(frozen=True)
class Inner:
    sizes: list[int]
    level: float | None = None


@dataclass(frozen=True)
class Settings:
    name: str
    inner: Inner


SETTINGS = {"name": "a", "inner": {"sizes": [1, 2]}}
# What the spec of every job has beside its settings.
ABOUT = {"code": {}, "inputs": "0", "source_files": {}, "versions": {"numpy": "2"}}
SCALES = {
    "smoke": {
        "datasets": {"digits": {"source": "digits"}, "mine": {"source": "folder", "path": "a/b"}}
    }
}


@pytest.fixture
def job(monkeypatch):
    """Make a job whose function is the one that is given."""
    module = ModuleType("made_up_step")
    monkeypatch.setitem(sys.modules, "made_up_step", module)

    def make(function, settings=SETTINGS, inputs=None, outputs=None, **wildcards):
        module.work = function
        return SimpleNamespace(
            input=inputs or {},
            output=outputs or {},
            params=SimpleNamespace(spec={"call": "made_up_step:work", **ABOUT, **settings}),
            wildcards=SimpleNamespace(scale="smoke", **wildcards),
            config={"results_dir": "out", "scales": SCALES},
        )

    return make


def test_named_inputs_and_outputs_are_paths_and_lists_of_paths(job):
    seen = {}

    def work(table, dataset, corrupted, none):
        seen.update(table=table, dataset=dataset, corrupted=corrupted, none=none)

    inputs = {"dataset": "d.safetensors", "corrupted": ["a", "b"], "none": [], "records": ["r"]}
    call(job(work, inputs=inputs, outputs={"table": "t.csv", "provenance": "t.provenance.json"}))
    assert seen == {
        "table": Path("t.csv"),
        "dataset": Path("d.safetensors"),
        "corrupted": [Path("a"), Path("b")],
        "none": [],
    }


def test_a_list_of_one_file_stays_a_list(job):
    seen = []
    call(job(lambda corrupted: seen.append(corrupted), inputs={"corrupted": ["a"]}))
    assert seen == [[Path("a")]]


def test_a_spec_becomes_the_dataclass_of_its_annotation_without_what_is_no_setting(job):
    seen = []

    def work(spec: Settings):
        seen.append(spec)

    call(job(work))
    assert seen == [Settings("a", Inner([1, 2]))]


def test_the_spec_of_a_training_comes_back_whole(job):
    seen = []

    def work(spec: TrainSpec):
        seen.append(spec)

    call(job(work, msgspec.to_builtins(SPEC)))
    assert seen == [SPEC]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"name": 3, "inner": {"sizes": []}}, "Expected `str`, got `int` - at `\\$.name`"),
        ({"name": "a"}, "missing required field `inner`"),
        ({"name": "a", "inner": {"sizes": ["x"]}}, "at `\\$.inner.sizes"),
    ],
)
def test_a_spec_that_is_no_such_dataclass_is_refused(job, settings, said):
    def work(spec: Settings):
        pytest.fail("it should not be called")

    with pytest.raises(msgspec.ValidationError, match=said):
        call(job(work, settings))


def test_a_function_that_takes_no_spec_needs_no_msgspec(job, monkeypatch):
    # As where the PDF is built, in an environment without it.
    seen = []
    monkeypatch.setitem(sys.modules, "msgspec", None)
    call(job(lambda table: seen.append(table), {"any": object()}, outputs={"table": "t"}))
    assert seen == [Path("t")]


def resume_folder(job, settings=SETTINGS, **about):
    seen = []
    made = job(lambda resume: seen.append(resume), settings)
    made.params.spec |= about
    call(made)
    return seen[0], made.params.spec


def test_a_training_has_a_folder_for_its_states_by_all_of_its_spec(job):
    folder, spec = resume_folder(job)
    assert folder == Path("out/smoke/.resume", digest(spec)[:16])
    assert resume_folder(job, dict(reversed(SETTINGS.items())))[0] == folder
    others = [
        resume_folder(job, SETTINGS | {"name": "b"})[0],
        resume_folder(job, code={"rethinking.seeds": "0"})[0],
        resume_folder(job, inputs="1")[0],
        resume_folder(job, versions={"numpy": "3"})[0],
    ]
    assert len({folder, *others}) == 5


@pytest.mark.parametrize(("dataset", "place"), [("digits", None), ("mine", Path("a/b"))])
def test_the_place_of_a_data_set_is_that_of_the_config(job, dataset, place):
    seen = []
    call(job(lambda place: seen.append(place), dataset=dataset))
    assert seen == [place]


def test_what_the_function_returns_is_for_the_record(job):
    assert call(job(lambda: {"seconds_of_all_attempts": 2.0})) == {"seconds_of_all_attempts": 2.0}
    assert call(job(lambda: None)) == {}


def test_an_argument_that_the_rule_does_not_give_is_named(job):
    with pytest.raises(KeyError, match="weights"):
        call(job(lambda weights: None, inputs={"dataset": "d"}))


def test_errors_of_the_function_are_its_own(job):
    def work():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(job(work))
