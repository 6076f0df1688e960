"""Smaller data sets, which do not depend on chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rethinking.data.subset import subset_indices
from rethinking.errors import InputError


@given(n=st.integers(1, 200), data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_smaller_subset_is_part_of_a_larger_one(n, data):
    small, large = sorted(data.draw(st.tuples(st.integers(1, n), st.integers(1, n))))
    chosen = subset_indices(n, small, "x"), subset_indices(n, large, "x")
    assert set(chosen[0]) <= set(chosen[1])
    assert len(set(chosen[0])) == small
    assert (np.diff(chosen[1]) > 0).all()


def test_too_large_a_subset_says_what_is_there():
    with pytest.raises(InputError, match="training images of x: 5 asked for, 4 there"):
        subset_indices(4, 5, "training images of x")
