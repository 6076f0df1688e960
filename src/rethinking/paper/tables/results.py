"""The results of an experiment: how far networks fit, or how long they take."""

from collections.abc import Mapping

import pandas as pd

from rethinking.names.labels import condition_label
from rethinking.networks.kind import key
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import diverged_note, tabular

# It has one row for each network and condition.
REGULARIZED = False


def tabulate(
    tables: Mapping[str, pd.DataFrame], about: About, *, columns: Mapping[str, str]
) -> str:
    r"""A row for each network and condition: a ``tabular``, its results all ``\val``.

    Args:
        tables: The summary of one experiment, by its name.
        about: Has the labels.
        columns: Heading to metric.
    """
    ((experiment, summary),) = tables.items()
    keys = ["dataset", "model", "condition"]
    settings = summary[summary["metric"] == "interpolated"]
    diverged = summary[summary["metric"] == "epochs"].set_index(keys)["excluded"]
    known = {key(row) for row in summary[summary["mean"].notna()].to_dict("records")}
    rows: list[list[str]] = []
    for model, of_model in settings.groupby("model", sort=False):
        for place, row in enumerate(of_model.to_dict("records")):
            named = [key(row | {"metric": metric}) for metric in columns.values()]
            rows.append(
                [
                    escape(about.labels[str(model)]) if place == 0 else "",
                    condition_label(row["condition"]),
                    *(rf"\val{{{experiment}/{one}}}" if one in known else "--" for one in named),
                    rf"\est{{{experiment}/{key(row)}}}"
                    + diverged_note(diverged[tuple(row[name] for name in keys)]),
                ]
            )
        rows.append([])  # a space between models
    head = ["network", "condition", *columns, "fitted"]
    return tabular("l" * len(head), head, rows[:-1])
