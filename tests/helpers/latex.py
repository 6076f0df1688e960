"""Values of the paper, and documents that LaTeX builds of them."""

from pypdf import PdfReader

from rethinking.paper.build import build_pdf


def entry(value, unit="number", low=None, high=None, n=None):
    """A number of ``values.json``, from row 7 of a summary."""
    found = {"value": value, "unit": unit, "low": low, "high": high, "n": n}
    return found | {"source": "tables/e/summary.csv", "row": 7}


def build(folder, body, preamble="", start=r"\documentclass{article}"):
    """Build a document in a folder, beside its ``values.tex`` if there is one; the PDF."""
    main = folder / "main.tex"
    main.write_text(rf"{start}{preamble}\begin{{document}}{body}\end{{document}}" + "\n")
    build_pdf([main], list(folder.glob("values.tex")), folder / "out" / "paper.pdf")
    return folder / "out" / "paper.pdf"


def text_of(pdf):
    """The text of all pages of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
