"""The networks and their training."""

from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, tabular

# The kind of experiment that it shows.
KIND = "networks"
ONE_EXPERIMENT = False


def tabulate(_tables: Tables, about: About) -> str:
    r"""A row for each network that the scale trains; numbers are ``\est``."""
    recipes = sorted({recipe for model in about.models for recipe in model.recipes})
    head = ["network", "width", "parameters", "precision", "crop", "seeds"]
    head += [escape(recipe.replace("_", " ")) for recipe in recipes]
    rows = []
    for model in about.models:
        start = f"models/{model.name}"
        row = [
            escape(about.labels[model.name]),
            _if_known(f"{start}/width_factor", r"$\times$"),
            rf"\est{{{start}/parameters}}",
            rf"\est{{{start}/precision}}",
            _if_known(f"{start}/crop"),
            rf"\est{{{start}/seeds}}",
        ]
        for recipe in recipes:
            key = f"{start}/{recipe}"
            numbers = rf"\est{{{key}/learning_rate}}, \est{{{key}/max_epochs}}"
            row.append(numbers if recipe in model.recipes else "")
        rows.append(row)
    return tabular("l" + "r" * (len(head) - 1), head, rows)


def _if_known(key: str, before: str = "") -> str:
    return rf"\ifval{{{key}}}{{{before}\est{{{key}}}}}"
