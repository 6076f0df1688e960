"""A kernel is told all that it takes, and nothing else."""

import pytest

from rethinking.constructions.specs import Kernel
from rethinking.errors import InputError

LINEAR = {"representation": "pixels", "kernel": "linear"}
GAUSSIAN = {"representation": "pixels", "kernel": "gaussian"}
CONVOLUTIONAL = {"representation": "convolutional", "kernel": "linear"}
CONVOLUTIONAL_GAUSSIAN = {"representation": "convolutional", "kernel": "gaussian"}
FILTERS = {"filters": 2, "filter_side": 2}


@pytest.mark.parametrize(
    "fields",
    [
        LINEAR,
        GAUSSIAN | {"gamma": 0.02},
        CONVOLUTIONAL | FILTERS,
        CONVOLUTIONAL_GAUSSIAN | FILTERS | {"gamma": 0.1},
    ],
)
def test_a_kernel_with_its_own_parameters_is_accepted(fields):
    assert vars(Kernel(**fields)).items() >= fields.items()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (GAUSSIAN, "a gaussian kernel of pixels takes gamma"),
        (LINEAR | {"gamma": 0.02}, "a linear kernel of pixels takes nothing else"),
        (LINEAR | FILTERS, "a linear kernel of pixels takes nothing else"),
        (CONVOLUTIONAL, "a linear kernel of convolutional takes filter_side and filters"),
        (
            CONVOLUTIONAL | {"filters": 2},
            "a linear kernel of convolutional takes filter_side and filters",
        ),
        (
            CONVOLUTIONAL | {"filter_side": 2},
            "a linear kernel of convolutional takes filter_side and filters",
        ),
        (
            CONVOLUTIONAL | FILTERS | {"gamma": 0.1},
            "a linear kernel of convolutional takes filter_side and filters",
        ),
        (
            CONVOLUTIONAL_GAUSSIAN | FILTERS,
            "a gaussian kernel of convolutional takes filter_side and filters and gamma",
        ),
    ],
)
def test_a_kernel_has_its_own_parameters_and_no_others(fields, said):
    with pytest.raises(InputError) as caught:
        Kernel(**fields)
    assert str(caught.value) == f"{said}; give just that"
