"""Checks of the results of measures and constructions."""

import re
from numbers import Real

from rethinking.errors import InputError
from rethinking.measures.helpers.metric import Metric
from rethinking.names.units import UNITS

NAME = re.compile("[a-z0-9_-]+")


def check_metric(metric: object, where: str) -> None:
    """Raise unless a result is a :class:`Metric` with a name, a number and a known unit.

    ``where`` is the file and function of the result, for the error message.
    """
    if not isinstance(metric, Metric):
        raise InputError(f"{where} gave {metric!r}; give a list of Metric")
    value: object = metric.value
    if not isinstance(value, Real):
        kind = type(value).__name__
        raise InputError(f"{where} gave a {kind} as value of {metric.name}; give float(…) of it")
    if metric.unit not in UNITS:
        raise InputError(
            f"{where} gave {metric.name} the unit {metric.unit!r}; known: {', '.join(UNITS)}"
        )
    check_name(metric.name, where)


def check_name(name: str, where: str) -> None:
    """Raise if LaTeX would not print the name of a metric or function unchanged."""
    if not NAME.fullmatch(name):
        raise InputError(f"{where} gave the name {name!r}; use a-z, 0-9, _ and - only")
