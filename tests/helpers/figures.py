"""Figures as the shipped config declares them, drawn at the size of the tests."""

import importlib

from rethinking.figures.helpers.figure import FigureSpec
from rethinking.figures.helpers.style import Style, styled
from rethinking.study.paper import figure_settings
from rethinking.study.read import read_yaml
from tests.conftest import ROOT

STYLE = Style(width=5.5, font_size=8, png_dpi=100)
CONFIG = read_yaml(ROOT / "config.yaml")


def figure_spec(name, labels):
    """The spec of a figure of the config, with other labels and the style of the tests."""
    return FigureSpec(**figure_settings(CONFIG, "demo", name) | {"style": STYLE, "labels": labels})


def drawn(name, table, labels=None):
    """A figure of the config, of a table."""
    spec = figure_spec(name, labels or {})
    draw = importlib.import_module(f"rethinking.figures.{spec.module}").draw
    with styled(STYLE):
        return draw(table, STYLE, spec.labels, **spec.options)


def legend_of(figure):
    """The names in the legend of a figure."""
    return [text.get_text() for text in figure.legends[0].get_texts()]
