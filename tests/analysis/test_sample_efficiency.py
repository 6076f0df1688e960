"""The number of images to reach a κ: by hand, and that more is never reached by fewer."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rethinking.analysis.sample_efficiency import images_to_reach

SIZES = np.array([100, 200, 400, 800])


@pytest.mark.parametrize(
    ("kappas", "threshold", "expected"),
    [
        ([0.1, 0.2, 0.3, 0.4], 0.3, 400),
        ([0.1, 0.2, 0.3, 0.4], 0.25, 200 * math.sqrt(2)),  # half way in log n
        ([0.1, 0.2, 0.3, 0.4], 0.05, 100),
        ([0.1, 0.2, 0.3, 0.4], 0.5, math.inf),  # censored
        ([0.1, 0.3, 0.2, 0.4], 0.25, 200),  # a fall is levelled: 0.25 at both
        ([math.nan, 0.2, 0.3, 0.4], 0.25, 200 * math.sqrt(2)),
        ([math.nan] * 4, 0.25, math.inf),
    ],
)
def test_images_to_reach_by_hand(kappas, threshold, expected):
    assert images_to_reach(SIZES, np.array(kappas), threshold) == pytest.approx(expected)


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4), st.floats(0.01, 0.99))
def test_a_higher_kappa_never_takes_fewer_images(kappas, threshold):
    values = np.array(kappas)
    easier = images_to_reach(SIZES, values, threshold / 2)
    assert easier <= images_to_reach(SIZES, values, threshold)
    assert easier >= SIZES[0]
