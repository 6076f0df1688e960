"""From values to macros that LaTeX reads."""

import re
from collections.abc import Mapping
from typing import Any

from rethinking.paper.escape import escape
from rethinking.paper.numbers import number, with_interval

# A value that this scale does not have prints as NOT_MEASURED; nothing is made up for it.
NOT_MEASURED = r"\textit{(not measured)}"
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
        banner: The paper's line about its scale.
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
    """The name of a link to the place of a number in the register.

    Numbers from one row of a table share it. It is made of letters that LaTeX takes in names.
    """
    row = key if entry.get("row") is None else entry["row"]
    return re.sub(r"[^A-Za-z0-9/:.-]", ".", f"{entry['source']}:{row}")
