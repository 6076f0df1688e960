"""Results with and without regularisation (in the form of Zhang et al., 2017, Table 1)."""

from collections.abc import Mapping, Sequence

from rethinking.names.labels import regularization_label, short_label
from rethinking.names.recipe import regularization_of
from rethinking.networks.kind import key
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, diverged_note, printed_keys, tabular, value_cell

# The kind of experiment that it shows.
KIND = "networks"
# The table compares networks with and without regularisation.
REGULARIZED = True


def tabulate(
    tables: Tables,
    about: About,
    *,
    columns: Mapping[str, str],
    without_interval: Sequence[str] = (),
) -> str:
    r"""A row for each network, its labels and regularisation; results are ``\val``.

    Args:
        tables: The summary of one experiment.
        about: The labels.
        columns: Heading to metric.
        without_interval: Metrics printed without intervals, for lack of space.
    """
    ((experiment, summary),) = tables.items()
    keys = ["model", "condition", "recipe"]
    known = printed_keys(summary, key)
    diverged = summary[summary["metric"] == "epochs"].set_index(keys)["excluded"]
    groups = []
    for model, of_model in summary[keys].drop_duplicates().groupby("model", sort=False):
        rows = []
        name = escape(about.labels[str(model)])
        for condition, of_condition in of_model.groupby("condition", sort=False):
            labels = short_label(str(condition))
            for row in of_condition.to_dict("records"):
                regularization = regularization_label(regularization_of(row["recipe"]))
                note = diverged_note(diverged[tuple(row[column] for column in keys)])
                cells = [name, labels, regularization + note]
                for metric in columns.values():
                    name_of_value = key(row | {"metric": metric})
                    interval = metric not in without_interval
                    cells.append(
                        value_cell(experiment, name_of_value, known, interval=interval, missing="")
                    )
                rows.append(cells)
                name = labels = ""
        groups.append(rows)
    head = ["network", "labels", "regularisation", *columns]
    return tabular("lll" + "r" * len(columns), head, *groups)
