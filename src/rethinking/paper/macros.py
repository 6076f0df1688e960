"""From values to macros that LaTeX reads."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.files import read_json, write_text
from rethinking.paper.escape import escape
from rethinking.paper.verdicts import verdict_macros

# A value that this scale does not have prints as NOT_MEASURED; nothing is made up for it.
NOT_MEASURED = r"\textit{(not measured)}"
PERCENT = r"\,\%"
THIN_SPACE = r"\,"
# Numbers of more digits than this, before the point or behind it, get a power of ten.
WIDE = 4
# Units of any magnitude.
MAGNITUDES = ("size", "signed", "rounding")
PREAMBLE = rf"""% Generated from values.json and claims.json; do not edit.
% \val{{key}} prints a value with its interval, \est{{key}} the value alone, each as a link to its
% place in the register; \ifval{{key}}{{text}} prints the text where there is such a value.
\newcommand{{\setval}}[4]{{%
  \expandafter\def\csname est@#1\endcsname{{\hyperlink{{#2}}{{#3}}}}%
  \expandafter\def\csname val@#1\endcsname{{\hyperlink{{#2}}{{#4}}}}}}
\newcommand{{\printval}}[2]{{%
  \ifcsname #1@#2\endcsname\csname #1@#2\endcsname\else {NOT_MEASURED}\fi}}
\newcommand{{\ifval}}[2]{{\ifcsname val@#1\endcsname#2\fi}}
\DeclareRobustCommand{{\val}}[1]{{\printval{{val}}{{#1}}}}
\DeclareRobustCommand{{\est}}[1]{{\printval{{est}}{{#1}}}}
"""


def macros(values: Mapping[str, Mapping[str, Any]], banner: str, scale: str) -> str:
    r"""Define ``\val`` and ``\est`` for all values, and ``\scalename`` and ``\scalebanner``.

    Args:
        values: The content of ``values.json``.
        banner: What the paper says of its scale.
        scale: The scale's name.
    """
    lines = [PREAMBLE]
    for key, entry in values.items():
        if entry["value"] is None:
            continue
        printed = f"{{{number(entry)}}}{{{with_interval(entry)}}}"
        lines.append(rf"\setval{{{key}}}{{{anchor(key, entry)}}}{printed}")
    lines.append(rf"\newcommand{{\scalename}}{{{escape(scale)}}}")
    lines.append(rf"\newcommand{{\scalebanner}}{{{escape(banner)}}}")
    return "\n".join(lines) + "\n"


def anchor(key: str, entry: Mapping[str, Any]) -> str:
    """What a link to the place of a number in the register is called.

    Numbers from one row of a table share it. It is made of letters that LaTeX takes in names.
    """
    row = key if entry.get("row") is None else entry["row"]
    return re.sub(r"[^A-Za-z0-9/:.-]", ".", f"{entry['source']}:{row}")


def number(entry: Mapping[str, Any], end: str = "value") -> str:
    """Print a number of ``values.json`` in the way of its unit.

    Args:
        entry: The number; its unit is one of ``share`` (printed in percent), ``seeds`` (a share of
            the seeds, printed as a count of them), ``change`` (of a share, printed in percentage
            points with its sign), ``epochs``, ``ratio``, ``coefficient``, one of
            :data:`MAGNITUDES`, ``number``, ``text``.
        end: Which of ``value``, ``low`` and ``high`` to print; ``value`` with its sign.
    """
    value, unit = entry[end], entry["unit"]
    if unit == "text":
        return escape(value)
    if unit == "share":
        return f"{100 * value:.1f}" + (PERCENT if end == "value" else "")
    if unit == "change":
        return f"${round(100 * value, 1) + 0.0:+.1f}$"  # no negative zero
    if unit == "seeds":
        return f"{round(value * entry['n'])} of {entry['n']}"
    if unit == "epochs":
        return f"{value:.1f}"
    if unit in ("ratio", "coefficient"):
        text = f"{round(value, 2) + 0.0:.2f}"  # no negative zero
        return f"${text}$" if text.startswith("-") else text
    if unit in MAGNITUDES:
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
    low, high = (_end(entry, end) for end in ("low", "high"))
    interval = f"{low}, {high}"
    if entry["unit"] in MAGNITUDES:
        exponent = _exponent(entry)
        return f"{_plain(entry['value'] / 10.0**exponent)} {interval}{_times(exponent)}"
    return f"{number(entry)} {interval}"


def _end(entry: Mapping[str, Any], end: str) -> str:
    """An end of an interval with its bracket; round where the interval goes on without end."""
    if entry[end] is None and entry["unit"] == "share":
        return "[0.0" if end == "low" else "100.0]"
    if entry[end] is None:
        return r"($-\infty$" if end == "low" else r"$\infty$)"
    if entry["unit"] in MAGNITUDES:
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
    """A number to so many significant digits, but none before the point lost, without a power."""
    behind = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value != 0 else 0
    text = f"{value:.{min(behind, WIDE + 1)}f}"
    return f"${text}$" if value < 0 else text


def _times(exponent: int) -> str:
    return rf"$\,\times 10^{{{exponent}}}$" if exponent else ""


def write_macros(values: Path, claims: Path, macros_file: Path, spec: Mapping[str, Any]) -> None:
    """Write the macros of all values, and of the verdicts on all claims.

    Args:
        values: ``values.json``.
        claims: ``claims.json``.
        macros_file: The LaTeX file to write.
        spec: The job's spec; read here are ``scale``, ``banner``, and ``labels`` (of models).
    """
    text = macros(read_json(values), spec["banner"], spec["scale"])
    write_text(macros_file, text + verdict_macros(read_json(claims), spec["labels"]))
