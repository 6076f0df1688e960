"""Units: the scale of intervals, the tolerance of differences and the format of each number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Transform = Literal["identity", "logit", "log", "artanh"]
Style = Literal["percent", "points", "count", "tenths", "hundredths", "magnitude", "plain", "text"]


@dataclass(frozen=True)
class Unit:
    """A kind of number."""

    transform: Transform = "identity"  # the scale on which the interval of a mean is computed
    # The absolute difference below which two means count as equal; None for 1 % of the mean.
    tolerance: float | None = None
    difference: str = "signed"  # the unit of a difference of two such numbers
    # Percent, percentage points, a count of seeds, one or two decimals, three digits with a power
    # of ten, the shortest form, or text.
    style: Style = "plain"


UNITS: Mapping[str, Unit] = {
    # In [0, 1].
    "share": Unit("logit", 0.01, "change", "percent"),
    # An outcome that a seed has or not.
    "seeds": Unit("logit", 0.0, style="count"),
    # A difference of two shares.
    "change": Unit(tolerance=0.01, style="points"),
    "epochs": Unit("log", 1.0, style="tenths"),
    # Positive.
    "ratio": Unit("log", style="hundredths"),
    # In [−1, 1].
    "coefficient": Unit("artanh", difference="coefficient", style="hundredths"),
    # Positive, of any magnitude.
    "size": Unit("log", style="magnitude"),
    # Of any magnitude and sign.
    "signed": Unit(style="magnitude"),
    # A size that may be nothing but rounding, and differ between machines.
    "rounding": Unit("log", 1e-6, style="magnitude"),
    "number": Unit(),
    "text": Unit(style="text"),
}
