"""How long jobs take, from the times of others and from operations; and bounds of a run."""

import heapq
import math
from dataclasses import replace
from pathlib import Path

import msgspec
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rethinking.commands import forecast
from rethinking.commands.forecast import (
    Forecast,
    Size,
    Time,
    bounds,
    forecast_step,
    published,
    recorded,
)
from rethinking.commands.operations import job_operations, training_operations
from rethinking.commands.plan import Plan, Step
from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.networks.specs import MeasureSpec, TrainSpec
from rethinking.step.provenance import write_records
from rethinking.tables import write_table
from tests.helpers.transfers import RECIPE, STUDENTS, TEACHERS

NO_SIZE = Size(math.nan, math.nan)
MODEL = ModelSpec("m", "mlp", {"hidden": [8]})
PLAIN = replace(RECIPE, name="plain", max_epochs=5, epoch_steps=None)
DIGITS = DatasetSpec("digits", "digits", {})
TRAIN = TrainSpec(DIGITS, "true_labels", [0, 1], MODEL, PLAIN, Compute("cpu", 1))
MEASURE = MeasureSpec(
    dataset=DIGITS,
    conditions=["true_labels", "untrained"],
    seeds=[0, 1, 2],
    measure="smoothness",
    options={"images": 20},
    recipe="plain",
    scaling="per_dataset",
    crop=None,
    model=MODEL,
    references=[],
    compute=Compute("cpu", 1),
)


def job_spec(settings=TRAIN, **changes):
    """The spec of a job: its settings, and what its code and inputs are."""
    others = {"call": "module:function", "code": {"a": "1"}, "inputs": "h", "versions": {}}
    return others | msgspec.to_builtins(replace(settings, **changes))


SPEC = job_spec()
ON_GPU = {"compute": Compute("cuda", 1)}


def step(spec=SPEC, rule="train", reads=()):
    return Step(rule, [], [], spec, True, [], list(reads), False)


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch):
    monkeypatch.setattr(forecast, "AROUND_A_STEP_S", 0)


def took(seconds, spec=SPEC, rule="train", operations=math.nan, numbers=math.nan):
    record = {"rule": rule, "spec": spec, "seconds": seconds, "processor": "p", "gpu": None}
    return forecast.time_of(record, Size(operations, numbers))


def test_operations_of_a_linear_layer_and_of_a_perceptron():
    # 2 for each multiply-add: forwards, for the weights, and for the layer before where there is.
    linear = ModelSpec("l", "mlp", {"hidden": []})
    assert training_operations(linear, (1, 4, 5)) == 2 * 2 * 20 * 10
    one_hidden = ModelSpec("o", "mlp", {"hidden": [7]})
    assert training_operations(one_hidden, (1, 4, 5)) == 2 * 2 * 20 * 7 + 3 * 2 * 7 * 10


def test_operations_of_resnet18_are_the_published_ones():
    # 0.56e9 multiply-adds a forward pass (kuangliu/pytorch-cifar and others), three passes.
    found = training_operations(ModelSpec("r", "resnet18", {}), (3, 32, 32))
    assert found == pytest.approx(3 * 2 * 0.56e9, rel=0.02)


def test_operations_of_a_job_grow_with_what_it_trains():
    def of(**changed):
        return job_operations("train", job_spec(**changed), (1, 8, 8), 100)

    assert of() == training_operations(MODEL, (1, 8, 8)) * 5 * 100 * 2
    assert of(seeds=[0]) == of() / 2
    assert of(recipe=replace(PLAIN, max_epochs=50)) == 10 * of()
    cropped = training_operations(MODEL, (1, 4, 4)) * 5 * 100 * 2
    assert of(recipe=replace(PLAIN, crop=4)) == cropped < of()
    # Epochs of a number of steps, of 16 images each, whatever the training set.
    assert of(recipe=replace(PLAIN, epoch_steps=25)) == 4 * of()
    assert job_operations("figure", {}, (1, 8, 8), 100) is None


def test_operations_of_teachers_and_students_are_of_all_that_are_networks():
    each = training_operations(TEACHERS.model, (1, 4, 4)) * 5 * 16
    # Two seeds with two pairs each; of students, those of the trained teacher at two sizes from
    # hard and soft labels, of the nearest neighbour at two, and of three controls.
    found = job_operations("teachers", job_spec(TEACHERS), (1, 4, 4), 100)
    assert found == each * 60 * 6
    found = job_operations("students", job_spec(STUDENTS), (1, 4, 4), 100)
    assert found == each * 4 * 2 * (4 + 2 + 3)


def test_operations_of_a_measure_grow_with_the_images_at_which_it_evaluates():
    def of(**changed):
        return job_operations("measure", job_spec(MEASURE, **changed), (1, 8, 8), 100)

    assert of() == training_operations(MODEL, (1, 8, 8)) * 20 * 3 * 2
    planes = {"path_count": 2, "path_points": 30, "plane_count": 1, "plane_points": 10}
    assert of(options=planes) == of() / 20 * (2 * 30 + 1 * 10**2)
    assert of(crop=4) < of()
    assert of(model=None, references=["shepard"]) is None


def test_the_operations_of_a_record_of_another_version_are_not_known():
    config = {"scales": {"demo": {"datasets": {"digits": {"source": "digits"}}}}}
    planned = Plan([], config, [], None, {})
    old = {"dataset": {"name": "digits"}, "model": {"module": "mlp"}, "device": "cpu", "seeds": [0]}
    for rule in ("train", "teachers", "students", "measure"):
        size = forecast.size_of(rule, old, Path("demo/run.json"), planned)
        assert math.isnan(size.operations)
        assert size.numbers > 0
    assert forecast.size_of("train", SPEC, Path("demo/run.json"), planned).operations > 0


def test_the_same_work_takes_as_long_whatever_the_code_and_the_seeds():
    changed = job_spec(seeds=[2, 3]) | {"code": {"a": "2"}, "call": "moved:function"}
    known = [[took(10), took(30), took(14, changed), took(99, job_spec(condition="x"))]]
    found = forecast_step(step(), NO_SIZE, known)
    assert found == Forecast(step(), 14, "of the same work", frozenset({"p"}))


def test_other_work_takes_as_long_as_its_operations_at_the_rate_of_its_like():
    wide = {"model": replace(MODEL, options={"hidden": [64]})}
    known = [
        [
            took(10, job_spec(condition="other"), operations=100),
            took(30, job_spec(condition="another"), operations=100),
            took(1, job_spec(**wide), operations=100),
            took(5, job_spec(**ON_GPU), operations=100),
            took(7, SPEC, "students", operations=100),
        ]
    ]
    found = forecast_step(step(), Size(50, math.nan), known)
    assert (found.seconds, found.source) == (10, "by operations")
    found = forecast_step(step(job_spec(**wide, condition="other")), Size(50, math.nan), known)
    assert found.seconds == 0.5


def test_where_nothing_is_known_a_rate_is_assumed_and_said_to_be():
    found = forecast_step(step(job_spec(**ON_GPU)), Size(4e13, math.nan), [[took(1)]])
    assert (found.seconds, found.source) == (2, "by operations, at an assumed rate")
    found = forecast_step(step({}, "figure"), NO_SIZE, [[took(1)]])
    assert (found.seconds, found.source) == (0, "not known")


def test_others_take_as_long_as_their_rule_and_longer_on_more_data():
    known = [[took(4, {"a": 1}, "dataset", numbers=10), took(6, {"a": 2}, "dataset", numbers=10)]]
    for numbers, seconds in ((10, 5), (5, 5), (30, 15), (math.nan, 5)):
        found = forecast_step(step({}, "dataset"), Size(math.nan, numbers), known)
        assert (found.seconds, found.source) == (
            seconds,
            "of the same rule, by the size of the data",
        )


def test_times_of_others_count_where_there_are_none_of_ones_own(tmp_path):
    spec = job_spec(model=replace(MODEL, options={"hidden": [8], "dropout": 0.5}))
    foreign = [took(50.0, spec, operations=5e8), took(3.0, {}, "figure")]
    path = tmp_path / "reference/demo/times.csv"
    path.parent.mkdir(parents=True)
    write_table(pd.DataFrame(map(vars, foreign)), path)
    again = list(published(tmp_path))
    assert [str(time) for time in again] == [str(time) for time in foreign]
    assert forecast_step(step(spec), NO_SIZE, [[], again]).seconds == 50
    assert forecast_step(step(spec), NO_SIZE, [[took(4, spec)], again]).seconds == 4


def test_times_of_others_count_more_where_they_are_of_work_that_is_more_alike():
    narrow = took(10, job_spec(model=replace(MODEL, options={"hidden": [2]})), operations=1)
    same_width = took(30, job_spec(condition="other"), operations=10)
    asked, size = step(job_spec(condition="third")), Size(20, math.nan)
    assert forecast_step(asked, size, [[narrow], [same_width]]).seconds == 60
    assert forecast_step(asked, size, [[same_width], [narrow]]).seconds == 60
    small, large = (took(n, {"n": n}, "dataset", numbers=n) for n in (10, 1000))
    asked, size = step({"n": 0}, "dataset"), Size(math.nan, 2000)
    assert forecast_step(asked, size, [[small], [large]]).seconds == 2000
    assert forecast_step(asked, size, [[small, large], []]).seconds == 2000


def test_records_of_published_results_are_not_of_ones_own(tmp_path):
    about = {"rule": "figure", "spec": {}, "seconds": 3, "processor": "p", "gpu": None}
    for name in ("demo/a.csv", "reference/demo/b.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()
        write_records([path], about)
    planned = Plan([], {"results_dir": tmp_path, "scales": {}}, [], None, {})
    assert [str(path) for path, _ in recorded(planned)] == ["demo/a.provenance.json"]


def test_a_killed_training_took_all_its_attempts_and_its_start():
    record = {"rule": "train", "spec": SPEC, "seconds": 3.0, "processor": "p", "gpu": "g"}
    time = forecast.time_of(
        record | {"seconds_of_all_attempts": 8.0, "seconds_to_start": 1.5}, NO_SIZE
    )
    assert isinstance(time, Time)
    assert time.seconds == 9.5
    assert time.hardware == "p, g"


def greedy(steps, seconds, cores):
    """When all are done, if whatever can begin does, on whichever core is free first."""
    free, ends = [0.0] * cores, []
    for one, needed in zip(steps, seconds, strict=True):
        ready = max((ends[place] for place in one.reads), default=0.0)
        ends.append(max(heapq.heappop(free), ready) + needed)
        heapq.heappush(free, ends[-1])
    return max(ends)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(1, 4))
def test_a_run_ends_within_its_bounds(data, cores):
    count = data.draw(st.integers(1, 12))
    seconds = [data.draw(st.integers(0, 20)) for _ in range(count)]
    # Without chains that leave cores idle a list in this order is greedy.
    depths = data.draw(st.booleans())
    reads = [
        data.draw(st.sets(st.integers(0, place - 1), max_size=2)) if place and depths else ()
        for place in range(count)
    ]
    steps = [step({"compute": {"threads": 1}}, reads=own) for own in reads]
    forecasts = [Forecast(one, float(s), "") for one, s in zip(steps, seconds, strict=True)]
    least, most = bounds(forecasts, steps, cores, 1)
    assert least <= most + 1e-9
    assert greedy(steps, seconds, cores) >= least - 1e-9
    if not depths:
        assert greedy(steps, seconds, cores) <= most + 1e-9


def test_gpus_are_shared_as_cores_are():
    steps = [step(job_spec(**ON_GPU)) for _ in range(4)]
    forecasts = [Forecast(one, 10.0, "") for one in steps]
    assert bounds(forecasts, steps, 16, 1)[0] == 40
    assert bounds(forecasts, steps, 16, 2)[0] == 20


def test_a_step_of_several_threads_takes_as_many_cores():
    steps = [step(job_spec(compute=Compute("cpu", 4))) for _ in range(6)]
    forecasts = [Forecast(one, 10.0, "") for one in steps]
    assert bounds(forecasts, steps, 8, 1)[0] == 6 * 10 * 4 / 8
