"""Numbers are printed by their units, with their intervals."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rethinking.names.units import UNITS
from rethinking.paper.numbers import number, threshold, with_interval
from tests.helpers.latex import entry


@pytest.mark.parametrize(
    ("given_entry", "printed"),
    [
        (entry(0.9712, "share"), r"97.1\,\%"),
        (entry(1.0, "seeds", n=5), "5 of 5"),
        (entry(2 / 3, "seeds", n=3), "2 of 3"),
        (entry(12.0, "epochs"), "12.0"),
        (entry(2.0, "ratio"), "2.00"),
        (entry(-0.041, "ratio"), "$-0.04$"),
        (entry(1437), r"1\,437"),
        (entry(0.03), "0.03"),
        (entry(0.0123, "change"), "$+1.2$"),
        (entry(-0.2, "change"), "$-20.0$"),
        (entry(-0.0001, "change"), "$+0.0$"),
        (entry(3.2e-12, "rounding"), r"3.20$\,\times 10^{-12}$"),
        (entry("R&D", "text"), r"R\&D"),
        (entry(0.2374, "size"), "0.237"),
        (entry(12.34, "size"), "12.3"),
        (entry(1234.5, "size"), "1234"),
        (entry(3.1718e27, "size"), r"3.17$\,\times 10^{27}$"),
        (entry(2.1e-7, "signed"), r"2.10$\,\times 10^{-7}$"),
        (entry(-0.0466, "signed"), "$-0.0466$"),
        (entry(0.0, "size"), "0"),
        (entry(0.3849, "coefficient"), "0.38"),
        (entry(-0.0384, "coefficient"), "$-0.04$"),
        (entry(-0.0004, "coefficient"), "0.00"),
    ],
)
def test_numbers_are_printed_in_the_way_of_their_unit(given_entry, printed):
    assert number(given_entry) == printed


def test_intervals_follow_in_brackets():
    assert with_interval(entry(0.5, "share", 0.25, 0.75)) == r"50.0\,\% [25.0, 75.0]"
    assert with_interval(entry(0.5, "share")) == r"50.0\,\%"
    assert with_interval(entry(-1.5, "signed", -2.0, 0.25)) == "$-1.50$ [$-2.0$, 0.25]"
    # An interval may have one end only; a share cannot go on for ever.
    assert with_interval(entry(2.0, "ratio", 1.5)) == r"2.00 [1.50, $\infty$)"
    assert with_interval(entry(2.0, "ratio", None, 3.0)) == r"2.00 ($-\infty$, 3.00]"
    assert with_interval(entry(0.5, "share", 0.25)) == r"50.0\,\% [25.0, 100.0]"
    # The ends have the power of ten of the estimate.
    huge = entry(3.2e18, "size", 5.1e16, 1.9e20)
    assert with_interval(huge) == r"3.20 [0.051, 190]$\,\times 10^{18}$"


@given(st.floats(1e-12, 1e12) | st.floats(-1e12, -1e-12))
def test_three_digits_of_any_magnitude_are_printed(value):
    printed = number(entry(value, "signed")).replace("$", "").replace(r"\,\times 10^", "e")
    assert float(re.sub("[{}]", "", printed)) == pytest.approx(value, rel=0.005)
    # Neither many zeros nor many digits: what is smaller or larger has a power of ten.
    assert len(printed.partition("e")[0].strip("-")) <= 8


@given(
    st.just(0.0) | st.floats(1e-99, 1),
    st.sampled_from(["change", "coefficient", "ratio", "signed", "size"]),
)
def test_no_number_is_a_negative_zero_or_has_the_exponent_of_a_program(value, unit):
    signed = -value if unit in ("change", "coefficient", "signed") else value
    for printed in (number(entry(signed, unit)), with_interval(entry(signed, unit, signed, 1))):
        assert not re.search(r"-0(\.0*)?(?![.\d])", printed), printed
        assert not re.search(r"\de[+-]?\d", printed), printed


def test_every_style_of_a_unit_is_printed():
    for unit in UNITS:
        value = "some text" if unit == "text" else 0.5
        assert number(entry(value, unit, n=2)), unit


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (0.99, "share", r"99\,\%"),
        (0.1, "seeds", "0.1"),
        (-0.05, "change", "-5 points"),
        (1e-6, "rounding", "$10^{-6}$"),
        (2e-6, "rounding", "2e-06"),
        (0.0, "signed", "0"),
        (0.83, "coefficient", "0.83"),
        (2.0, "ratio", "2"),
    ],
)
def test_thresholds_are_printed_as_they_were_written(value, unit, printed):
    assert threshold(value, unit) == printed
