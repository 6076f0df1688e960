"""The numbers of the paper as LaTeX macros."""

import re
from collections.abc import Mapping
from typing import Any

from rethinking.paper.escape import escape
from rethinking.paper.numbers import number, with_interval

# The text of a value that the scale lacks.
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
        scale: The name of the scale.
    """
    lines = [PREAMBLE]
    for key, entry in values.items():
        if entry["value"] is not None:
            arguments = (key, anchor(key, entry), number(entry), with_interval(entry))
            lines.append(rf"\setval{{{'}{'.join(arguments)}}}")
    lines.append(rf"\newcommand{{\scalename}}{{{escape(scale)}}}")
    lines.append(rf"\newcommand{{\scalebanner}}{{{escape(banner)}}}")
    return "\n".join(lines) + "\n"


def anchor(key: str, entry: Mapping[str, Any]) -> str:
    """The name of a number's target in the register, in characters that LaTeX allows in names.

    Numbers from one row of a table share a target.
    """
    row = key if entry.get("row") is None else entry["row"]
    return re.sub(r"[^A-Za-z0-9/:.-]", ".", f"{entry['source']}:{row}")
