"""What a measure may give: names, numbers, units."""

import importlib
import math

import numpy as np
import pytest
import torch

from rethinking.errors import InputError
from rethinking.measures.helpers.checks import check_metric, check_name
from rethinking.measures.helpers.interpolants import interpolant, is_differentiable
from rethinking.measures.helpers.metric import Metric
from rethinking.names.labels import INTERPOLANTS
from rethinking.names.units import UNITS
from rethinking.step.code import options_of, plugins_of
from tests.helpers.subjects import CLASSES, NETWORKS, make_subject, network_with_statistics
from tests.helpers.units import assert_suits_its_unit

MEASURES = plugins_of("rethinking.measures", "measure")
# Of all measures.
SIZES = {
    "images": 8,
    "path_count": 4,
    "path_points": 32,
    "plane_count": 2,
    "plane_points": 32,
    "heat_images": 2,
    "decision_points": 4,
}


@pytest.mark.parametrize("value", [1.5, 2, True, math.nan, np.float64(2), np.int64(3)])
def test_numbers_of_known_units_are_accepted(value):
    for unit in UNITS:
        check_metric(Metric("a-b_1", value, unit), "here")


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (1.0, "here gave 1.0; give a list of Metric"),
        (Metric("x", torch.ones(())), "here gave a Tensor as value of x; give float(…) of it"),
        (Metric("x", "1"), "here gave a str as value of x; give float(…) of it"),
        (Metric("x", None), "here gave a NoneType as value of x; give float(…) of it"),
        (Metric("x", 1.0, "%"), f"here gave x the unit '%'; known: {', '.join(UNITS)}"),
        (Metric("x", 1.0, ""), f"here gave x the unit ''; known: {', '.join(UNITS)}"),
        (Metric("x y", 1.0), "here gave the name 'x y'; use a-z, 0-9, _ and - only"),
    ],
)
def test_what_no_table_could_hold_is_refused(metric, said):
    with pytest.raises(InputError) as caught:
        check_metric(metric, "here")
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["", "X", "x%", "a\n", "é", "a.b"])
def test_a_name_that_latex_would_not_print_as_it_stands_is_refused(name):
    with pytest.raises(InputError, match="use a-z, 0-9, _ and - only"):
        check_name(name, "here")


def functions():
    """Subjects of all kinds: networks, and references with and without derivatives."""
    for name in NETWORKS:
        yield make_subject(network_with_statistics(name))
    data = make_subject(None)
    for name in INTERPOLANTS:
        function = interpolant(name, data.train_images, data.train_labels, CLASSES, 0)
        yield make_subject(function, is_differentiable(name))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_metric_of_every_measure_has_a_unit_that_its_value_suits(measure):
    module = importlib.import_module(f"rethinking.measures.{measure}")
    options, _ = options_of(f"rethinking.measures.{measure}", "measure")
    sizes = {name: SIZES[name] for name in options}
    units = {}
    for subject in functions():
        for metric in module.measure(subject, **sizes):
            check_metric(metric, measure)
            assert_suits_its_unit(metric)
            units.setdefault((metric.name, math.isnan(metric.x)), set()).add(metric.unit)
    assert {len(found) for found in units.values()} == {1}, "one unit for each metric"
