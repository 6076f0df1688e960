"""Results with and without regularisation (in the form of Zhang et al., 2017, Table 1)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from rethinking.names.labels import regularization_label, short_label
from rethinking.names.recipe import regularization_of
from rethinking.networks.kind import key
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import diverged_note, tabular

REGULARIZED = True


def tabulate(
    tables: Mapping[str, pd.DataFrame],
    about: About,
    *,
    columns: Mapping[str, str],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each network, its labels and regularisation; results are ``\val``.

    Args:
        tables: The summary of one experiment, by its name.
        about: Has the labels.
        columns: Heading to metric.
        without_interval: Metrics whose intervals would need the room of others.
    """
    ((experiment, summary),) = tables.items()
    keys = ["model", "condition", "recipe"]
    known = {key(row) for row in summary[summary["mean"].notna()].to_dict("records")}
    diverged = summary[summary["metric"] == "epochs"].set_index(keys)["excluded"]
    rows: list[list[str]] = []
    for model, of_model in summary[keys].drop_duplicates().groupby("model", sort=False):
        for number, (condition, group) in enumerate(of_model.groupby("condition", sort=False)):
            for place, row in enumerate(group.to_dict("records")):
                note = diverged_note(diverged[tuple(row[name] for name in keys)])
                cells = [
                    escape(about.labels[str(model)]) if number == place == 0 else "",
                    short_label(str(condition)) if place == 0 else "",
                    regularization_label(regularization_of(row["recipe"])) + note,
                ]
                for metric in columns.values():
                    name = key(row | {"metric": metric})
                    command = "est" if metric in without_interval else "val"
                    cells.append(rf"\{command}{{{experiment}/{name}}}" if name in known else "")
                rows.append(cells)
        rows.append([])  # a space between models
    head = ["network", "labels", "regularisation", *columns]
    return tabular("lll" + "r" * len(columns), head, rows[:-1])
