"""What kind of number a metric is."""

# A share is in [0, 1] and printed in percent; ``seeds`` is an outcome that a seed has or not; a
# ratio is positive.
UNITS = {
    "train_accuracy": "share",
    "test_accuracy": "share",
    "interpolated": "seeds",
    "epochs": "epochs",
    "epochs_to_interpolate": "epochs",
    "relative_epochs": "ratio",
    "test_error_at_interpolation": "share",
}


def unit_of(metric: str) -> str:
    """``share``, ``seeds``, ``epochs``, ``ratio``, or ``number`` for what is not listed."""
    return UNITS.get(metric, "number")
