"""Draw a figure by its name."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from rethinking.errors import InputError
from rethinking.figures.helpers.style import Style, drawn_labels, save, styled
from rethinking.tables import read_table


@dataclass(frozen=True)
class FigureSpec:
    """A figure.

    Attributes:
        figure: Its name.
        module: A module of ``rethinking.figures``.
        options: Of its ``draw``.
        caption: In the report, as reStructuredText; a change draws the figure again.
        style: Sizes.
        labels: Of models, references and data sets.
    """

    figure: str
    module: str
    options: Mapping[str, Any]
    caption: str
    style: Style
    labels: Mapping[str, str]


def write_figure(table: Path, pdf: Path, png: Path, spec: FigureSpec) -> None:
    """Draw ``rethinking.figures.<module>`` and write it.

    Args:
        table: The table that it shows.
        pdf: The file for the paper.
        png: The file for reading on a screen.
        spec: What to draw.

    Raises:
        InputError: ``draw`` does not return its figure.
    """
    mpl.use("agg")
    draw = importlib.import_module(f"rethinking.figures.{spec.module}").draw
    with styled(spec.style):
        figure = draw(read_table(table), spec.style, drawn_labels(spec.labels), **spec.options)
        if not isinstance(figure, Figure):
            path = f"src/rethinking/figures/{spec.module}.py"
            raise InputError(f"{path}: draw gave {figure!r}; give the matplotlib Figure")
        save(figure, pdf, png)
