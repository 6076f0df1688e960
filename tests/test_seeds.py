"""Seeds of one purpose are independent of those of another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rethinking.seeds import derive_seed

purposes = st.sampled_from(["initialisation", "order", "label_noise", "random_pixels"])
keys = st.tuples(st.integers(0, 10_000), purposes)


@given(first=keys, second=keys)
def test_seeds_agree_only_for_the_same_seed_and_purpose(first, second):
    assert (derive_seed(*first) == derive_seed(*second)) == (first == second)
    assert 0 <= derive_seed(*first) < 2**63


def test_streams_of_two_purposes_are_uncorrelated():
    draws = [
        np.random.default_rng(derive_seed(0, purpose)).standard_normal(100_000)
        for purpose in ("order", "label_noise")
    ]
    assert abs(np.corrcoef(draws)[0, 1]) < 5 / np.sqrt(100_000)
