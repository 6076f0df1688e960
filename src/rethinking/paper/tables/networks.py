"""The table of networks and of how they are trained."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rethinking.files import write_text
from rethinking.paper.escape import escape
from rethinking.paper.tabular import tabular


def networks_table(recipes: Sequence[str], models: Sequence[Mapping[str, Any]]) -> str:
    r"""A row for each network: a ``tabular``, its numbers all ``\est``.

    Args:
        recipes: Those in use, in the order of the columns.
        models: Of each network its ``name``, its ``label`` and its ``recipes``.
    """
    head = ["network", "width", "parameters", "precision", "crop", "seeds"]
    head += [escape(recipe.replace("_", " ")) for recipe in recipes]
    rows = []
    for model in models:
        name = model["name"]
        row = [escape(model["label"])]
        row += [_known(f"models/{name}/width_factor", r"$\times$")]
        row += [rf"\est{{models/{name}/{key}}}" for key in ("parameters", "precision")]
        row += [_known(f"models/{name}/crop"), rf"\est{{models/{name}/seeds}}"]
        for recipe in recipes:
            key = f"models/{name}/{recipe}"
            known = recipe in model["recipes"]
            row += [rf"\est{{{key}/learning_rate}}, \est{{{key}/max_epochs}}" if known else ""]
        rows.append(row)
    return tabular("l" + "r" * (len(head) - 1), head, rows)


def _known(key: str, before: str = "") -> str:
    return rf"\ifval{{{key}}}{{{before}\est{{{key}}}}}"


def write_networks_table(table: Path, spec: Mapping[str, Any]) -> None:
    """Write the table of networks.

    Args:
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``recipes`` and ``models``.
    """
    write_text(table, networks_table(spec["recipes"], spec["models"]))
