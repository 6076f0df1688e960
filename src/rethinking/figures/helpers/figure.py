"""Draw a figure by its name."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from rethinking.errors import InputError
from rethinking.figures.helpers.style import Style, drawn_labels, save, styled
from rethinking.tables import read_table


def write_figure(table: Path, pdf: Path, png: Path, spec: Mapping[str, Any]) -> None:
    """Draw ``rethinking.figures.<name>`` and write it.

    Args:
        table: The table that it shows.
        pdf: For the paper.
        png: For reading on a screen.
        spec: The job's spec; read here are ``figure``, ``style``, ``labels``.

    Raises:
        InputError: What was drawn is not given back.
    """
    mpl.use("agg")
    draw = importlib.import_module(f"rethinking.figures.{spec['figure']}").draw
    style = Style(**spec["style"])
    with styled(style):
        figure = draw(read_table(table), style, drawn_labels(spec["labels"]))
        if not isinstance(figure, Figure):
            path = f"src/rethinking/figures/{spec['figure']}.py"
            raise InputError(f"{path}: draw gave {figure!r}; give the matplotlib Figure")
        save(figure, pdf, png)
