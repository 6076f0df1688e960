"""Published results of Zhang et al. (2017), and ours beside them."""

from rethinking.names.labels import regularization_label, short_label
from rethinking.names.recipe import regularization_of
from rethinking.networks.kind import key
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import Tables, tabular

# The kind of experiment that it shows.
KIND = "networks"
ONE_EXPERIMENT = False
# Tables that the layout needs beside the tables of results.
SOURCES = {"published": "paper/published.csv"}
METRICS = ("train_accuracy", "test_accuracy")
MARK = r"\textsuperscript{*}"
NOTE = "of another data set or another width, and so not to be compared by value"


def tabulate(tables: Tables, about: About) -> str:
    r"""A row for each published result; ours beside it are ``\val``.

    The tables are ``published`` and summaries of experiments. If several summaries have a network,
    the first one counts. Models without a label are left out.
    """
    ours: dict[tuple[str, ...], str] = {}
    for experiment, summary in tables.items():
        if experiment in SOURCES:
            continue
        for row in summary[summary["mean"].notna()].to_dict("records"):
            setting = (row["model"], row["condition"], regularization_of(row["recipe"]))
            ours.setdefault((*setting, row["metric"]), rf"\val{{{experiment}/{key(row)}}}")
    published = tables["published"]
    shown = published[published["model"].isin(list(about.labels))]
    groups = []
    for model, of_model in shown.groupby("model", sort=False):
        name = escape(about.labels[str(model)]) + ("" if model in about.published else MARK)
        rows = []
        for row in of_model.to_dict("records"):
            setting = (row["model"], row["condition"], row["regularization"])
            cells = [name, short_label(row["condition"])]
            cells.append(regularization_label(row["regularization"]))
            cells += [f"{100 * row[metric]:.2f}" for metric in METRICS]
            cells += [ours.get((*setting, metric), "") for metric in METRICS]
            rows.append(cells)
            name = ""
        groups.append(rows)
    head = ["network", "labels", "regularisation", "train", "test", "train, ours", "test, ours"]
    text = tabular("lllrrrr", head, *groups)
    if set(shown["model"]) <= set(about.published):
        return text
    return text + f"\n\\smallskip\n{MARK}\\,{NOTE}.\n"
