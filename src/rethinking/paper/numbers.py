"""Numbers of ``values.json`` in LaTeX, in the styles of their units."""

import math
from collections.abc import Mapping
from typing import Any

from rethinking.names.units import UNITS
from rethinking.paper.escape import escape

PERCENT = r"\,\%"
THIN_SPACE = r"\,"
# Numbers with more digits before or after the point have a power of ten.
WIDE = 4


def number(entry: Mapping[str, Any], end: str = "value") -> str:
    """Print a number in the style of its unit.

    Args:
        entry: The number; ``unit`` is a key of ``rethinking.names.units.UNITS``.
        end: ``value``, printed with the sign of its unit, or ``low`` or ``high``.
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
    """Print a number with its interval in brackets, if it has one."""
    if entry["low"] is None and entry["high"] is None:
        return number(entry)
    interval = ", ".join(_end(entry, end) for end in ("low", "high"))
    if UNITS[entry["unit"]].style == "magnitude":
        exponent = _exponent(entry)
        return f"{_plain(entry['value'] / 10.0**exponent)} {interval}{_times(exponent)}"
    return f"{number(entry)} {interval}"


def threshold(value: float, unit: str) -> str:
    """Print a bound of a claimed region."""
    signs = {"percent": PERCENT, "points": " points"}
    style = UNITS[unit].style
    if style in signs:
        return f"{100 * value:g}{signs[style]}"
    digits, _, exponent = f"{value:.0e}".partition("e")
    if 0 < abs(value) < 1e-3 and digits == "1":
        return rf"$10^{{{int(exponent)}}}$"
    return f"{value:g}"


def _end(entry: Mapping[str, Any], end: str) -> str:
    """An end of an interval with its bracket; the bracket of an open end is round."""
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
    """The power of ten of a number and of the ends of its interval; 0 for none."""
    value = abs(entry["value"])
    exponent = math.floor(math.log10(value)) if value > 0 else 0
    return exponent if exponent >= WIDE or exponent <= -WIDE else 0


def _plain(value: float, digits: int = 3) -> str:
    """A number to some significant digits, with all digits before the point, without a power."""
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value != 0 else 0
    decimals = min(decimals, WIDE + 1)
    rounded = round(value, decimals) + 0.0  # no negative zero
    text = f"{rounded:.{decimals}f}"
    return f"${text}$" if rounded < 0 else text


def _times(exponent: int) -> str:
    return rf"$\,\times 10^{{{exponent}}}$" if exponent else ""
