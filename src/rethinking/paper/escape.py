"""Plain text as markup."""

import re

LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
    **{sign: "\\" + sign for sign in "&%$#_{}"},
}


def escape(text: str) -> str:
    """Escape plain text for LaTeX."""
    return "".join(LATEX.get(sign, sign) for sign in text)


def escape_rst(text: str) -> str:
    """Escape plain text for reStructuredText, as one paragraph."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(text.split()))
