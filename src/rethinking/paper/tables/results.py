"""The results of an experiment: how far networks fit, or how long they take."""

from collections.abc import Mapping

from rethinking.names.labels import condition_label
from rethinking.networks.kind import key
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, diverged_note, printed_keys, tabular, value_cell

# The kind of experiment that it shows.
KIND = "networks"
# The table has one row for each network and condition.
REGULARIZED = False


def tabulate(tables: Tables, about: About, *, columns: Mapping[str, str]) -> str:
    r"""A row for each network and condition; results are ``\val``.

    Args:
        tables: The summary of one experiment.
        about: The labels.
        columns: Heading to metric.
    """
    ((experiment, summary),) = tables.items()
    keys = ["dataset", "model", "condition"]
    settings = summary[summary["metric"] == "interpolated"]
    diverged = summary[summary["metric"] == "epochs"].set_index(keys)["excluded"]
    known = printed_keys(summary, key)
    groups = []
    for model, of_model in settings.groupby("model", sort=False):
        rows = []
        name = escape(about.labels[str(model)])
        for row in of_model.to_dict("records"):
            metrics = [key(row | {"metric": metric}) for metric in columns.values()]
            note = diverged_note(diverged[tuple(row[column] for column in keys)])
            fitted = rf"\est{{{experiment}/{key(row)}}}{note}"
            cells = [value_cell(experiment, metric, known) for metric in metrics]
            rows.append([name, condition_label(row["condition"]), *cells, fitted])
            name = ""
        groups.append(rows)
    head = ["network", "condition", *columns, "fitted"]
    return tabular("l" * len(head), head, *groups)
