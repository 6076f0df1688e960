"""What numbers of each unit can be."""

import math

from rethinking.names.units import UNITS

# Values that the scale of a unit's intervals can take, both ends included.
DOMAINS = {
    "logit": (0.0, 1.0),
    "log": (0.0, math.inf),
    "artanh": (-1.0, 1.0),
    "identity": (-math.inf, math.inf),
}


def assert_suits_its_unit(metric):
    """Fail if the value or the sample of a metric can be none of its unit."""
    low, high = DOMAINS[UNITS[metric.unit].transform]
    assert math.isnan(metric.value) or low <= metric.value <= high, metric
    # Where seeds agree, the interval of a sample of images is binomial: of shares.
    assert metric.points is None or metric.unit == "share", metric
