"""Numbers of ``values.json`` in LaTeX, by their units."""

import math
from collections.abc import Mapping
from typing import Any

from rethinking.names.units import UNITS
from rethinking.paper.escape import escape

PERCENT = r"\,\%"
THIN_SPACE = r"\,"
# Numbers of more digits than this, before the point or behind it, get a power of ten.
WIDE = 4


def number(entry: Mapping[str, Any], end: str = "value") -> str:
    """Print a number in the style of its unit.

    Args:
        entry: The number; ``unit`` is a key of ``rethinking.names.units.UNITS``.
        end: Which of ``value``, ``low`` and ``high`` to print; ``value`` with its sign.
    """
    value = entry[end]
    match UNITS[entry["unit"]].style:
        case "text":
            return escape(value)
        case "percent":
            return f"{100 * value:.1f}" + (PERCENT if end == "value" else "")
        case "points":
            return f"${round(100 * value, 1) + 0.0:+.1f}$"  # no negative zero
        case "count":
            return f"{round(value * entry['n'])} of {entry['n']}"
        case "tenths":
            return f"{value:.1f}"
        case "hundredths":
            text = f"{round(value, 2) + 0.0:.2f}"  # no negative zero
            return f"${text}$" if text.startswith("-") else text
        case "magnitude":
            exponent = _exponent(entry)
            mantissa = _plain(value / 10.0**exponent)
            return mantissa + (_times(exponent) if end == "value" else "")
    if float(value).is_integer():
        return f"{value:,.0f}".replace(",", THIN_SPACE)
    return f"{value:.4g}"


def with_interval(entry: Mapping[str, Any]) -> str:
    """Print a number with its interval in brackets, where it has one."""
    if entry["low"] is None and entry["high"] is None:
        return number(entry)
    interval = ", ".join(_end(entry, end) for end in ("low", "high"))
    if UNITS[entry["unit"]].style == "magnitude":
        exponent = _exponent(entry)
        return f"{_plain(entry['value'] / 10.0**exponent)} {interval}{_times(exponent)}"
    return f"{number(entry)} {interval}"


def threshold(value: float, unit: str) -> str:
    """Print a bound of a region that a claim states."""
    signs = {"percent": PERCENT, "points": " points"}
    style = UNITS[unit].style
    if style in signs:
        return f"{100 * value:g}{signs[style]}"
    digits, _, exponent = f"{value:.0e}".partition("e")
    if 0 < abs(value) < 1e-3 and digits == "1":
        return rf"$10^{{{int(exponent)}}}$"
    return f"{value:g}"


def _end(entry: Mapping[str, Any], end: str) -> str:
    """An end of an interval with its bracket; round where the interval has no end there."""
    style = UNITS[entry["unit"]].style
    if entry[end] is None and style == "percent":
        return "[0.0" if end == "low" else "100.0]"
    if entry[end] is None:
        return r"($-\infty$" if end == "low" else r"$\infty$)"
    if style == "magnitude":
        text = _plain(entry[end] / 10.0 ** _exponent(entry), digits=2)
    else:
        text = number(entry, end)
    return f"[{text}" if end == "low" else f"{text}]"


def _exponent(entry: Mapping[str, Any]) -> int:
    """The power of ten that is written apart, which the ends of an interval share; often 0."""
    value = abs(entry["value"])
    exponent = math.floor(math.log10(value)) if value > 0 else 0
    return exponent if exponent >= WIDE or exponent <= -WIDE else 0


def _plain(value: float, digits: int = 3) -> str:
    """A number to some significant digits, but none before the point lost, without a power."""
    behind = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value != 0 else 0
    text = f"{value:.{min(behind, WIDE + 1)}f}"
    return f"${text}$" if value < 0 else text


def _times(exponent: int) -> str:
    return rf"$\,\times 10^{{{exponent}}}$" if exponent else ""
