"""Plain text in markup."""

import re

LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
    **{sign: "\\" + sign for sign in "&%$#_{}"},
}


def escape(text: str) -> str:
    """Make plain text safe for LaTeX."""
    return "".join(LATEX.get(sign, sign) for sign in text)


def escape_rst(text: str) -> str:
    """Make plain text safe for reStructuredText, as a paragraph."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(text.split()))
