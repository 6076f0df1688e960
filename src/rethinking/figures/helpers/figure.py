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
    """A figure of the paper."""

    figure: str  # its name
    module: str  # a module of rethinking.figures
    options: Mapping[str, Any]  # of the module's ``draw``
    caption: str  # in the report, as reStructuredText; a change draws the figure again
    style: Style
    labels: Mapping[str, str]  # of models, references and data sets


def write_figure(table: Path, pdf: Path, png: Path, spec: FigureSpec) -> None:
    """Draw a figure of a table and write it, for the paper and for the screen.

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
