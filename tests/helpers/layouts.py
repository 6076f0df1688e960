"""Tables of the paper, laid out as the shipped config declares them."""

import importlib

from rethinking.paper.specs import About
from rethinking.study.paper import TABLE_KEYS
from tests.helpers.config import SHIPPED


def tabulated(name, tables, labels, models=(), published=()):
    """A table of the paper.

    Args:
        name: Of the table, in ``config.yaml``.
        tables: The tables of results by experiment, and what the layout reads beside them.
        labels: Of models.
        models: Those of the table of networks.
        published: Those that may be compared by value.
    """
    declared = SHIPPED["tables"][name]
    layout = importlib.import_module(f"rethinking.paper.tables.{declared['layout']}")
    options = {key: value for key, value in declared.items() if key not in TABLE_KEYS}
    return layout.tabulate(tables, About(labels, list(models), list(published)), **options)


def rows_of(table):
    """The rows of a table in LaTeX behind its head, each as its cells; spaces are left out."""
    _, _, body = table.partition("\\midrule\n")
    lines = body.partition("\\bottomrule")[0].splitlines()
    return [line.removesuffix(r" \\").split(" & ") for line in lines if line != r"\addlinespace"]


def head_of(table):
    """The headings of a table in LaTeX."""
    head = table.partition("\\toprule\n")[2].partition("\n\\midrule")[0]
    return head.removesuffix(r" \\").split(" & ")
