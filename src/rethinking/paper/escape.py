"""Plain text in LaTeX."""


def escape(text: str) -> str:
    """Make plain text safe for LaTeX."""
    special = {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "×": r"$\times$",
        **{sign: "\\" + sign for sign in "&%$#_{}"},
    }
    return "".join(special.get(sign, sign) for sign in text)
