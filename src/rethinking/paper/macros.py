"""From values to macros that LaTeX reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.files import read_json, write_text
from rethinking.paper.escape import escape

# A value that this scale does not have prints as NOT_MEASURED; nothing is made up for it.
NOT_MEASURED = r"\textit{(not measured)}"
PERCENT = r"\,\%"
THIN_SPACE = r"\,"
PREAMBLE = rf"""% Generated from values.json; do not edit.
% \val{{key}} prints a value with its interval, \est{{key}} the value alone.
\newcommand{{\setval}}[3]{{%
  \expandafter\def\csname est@#1\endcsname{{#2}}%
  \expandafter\def\csname val@#1\endcsname{{#3}}}}
\newcommand{{\printval}}[2]{{\ifcsname #1@#2\endcsname\csname #1@#2\endcsname\else {NOT_MEASURED}\fi}}
\newcommand{{\val}}[1]{{\printval{{val}}{{#1}}}}
\newcommand{{\est}}[1]{{\printval{{est}}{{#1}}}}
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
        estimate = number(entry["value"], entry["unit"])
        lines.append(rf"\setval{{{key}}}{{{estimate}}}{{{with_interval(entry)}}}")
    lines.append(rf"\newcommand{{\scalename}}{{{escape(scale)}}}")
    lines.append(rf"\newcommand{{\scalebanner}}{{{escape(banner)}}}")
    return "\n".join(lines) + "\n"


def number(value: float, unit: str) -> str:
    """Print a number: shares in percent with one decimal, others with up to four digits."""
    return _digits(value, unit) + (PERCENT if unit == "share" else "")


def with_interval(entry: Mapping[str, Any]) -> str:
    """Print a value with its interval in brackets, where it has one."""
    estimate = number(entry["value"], entry["unit"])
    if entry["low"] is None:
        return estimate
    return f"{estimate} [{', '.join(_digits(entry[end], entry['unit']) for end in ('low', 'high'))}]"


def _digits(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.1f}"
    if float(value).is_integer():
        return f"{value:,.0f}".replace(",", THIN_SPACE)
    return f"{value:.4g}"


def write_macros(values: Path, macros_file: Path, spec: Mapping[str, Any]) -> None:
    """Write the macros of all values.

    Args:
        values: ``values.json``.
        macros_file: The LaTeX file to write.
        spec: The job's spec; read here are ``scale`` and ``banner``.
    """
    write_text(macros_file, macros(read_json(values), spec["banner"], spec["scale"]))
