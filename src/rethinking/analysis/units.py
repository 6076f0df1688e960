"""What kind of number a metric is."""

# A share is in [0, 1] and printed in percent; ``seeds`` is an outcome that a seed has or not.
UNITS = {
    "train_accuracy": "share",
    "test_accuracy": "share",
    "interpolated": "seeds",
    "epochs": "epochs",
}


def unit_of(metric: str) -> str:
    """``share``, ``seeds``, ``epochs``, or ``number`` for what is not listed."""
    return UNITS.get(metric, "number")
