"""Published results of Zhang et al. (2017), and ours beside them."""

from collections.abc import Mapping

import pandas as pd

from rethinking.names.labels import regularization_label, short_label
from rethinking.names.recipe import regularization_of
from rethinking.networks.kind import key as networks_key
from rethinking.paper.escape import escape
from rethinking.paper.specs import About
from rethinking.paper.tabular import tabular

# Read beside the tables of results.
SOURCES = {"published": "paper/published.csv"}
METRICS = ("train_accuracy", "test_accuracy")
MARK = r"\textsuperscript{*}"
NOTE = "of another data set or another width, and so not to be compared by value"


def tabulate(tables: Mapping[str, pd.DataFrame], about: About) -> str:
    r"""A row for each published result; ours beside it are ``\val``.

    Args:
        tables: ``published``, and summaries by experiment in the order in which ours are looked
            for: networks without regularisation may stand in several.
        about: Has the labels; models without one are left out.
    """
    known: dict[tuple[str, ...], str] = {}
    for experiment, summary in tables.items():
        if experiment in SOURCES:
            continue
        for row in summary[summary["mean"].notna()].to_dict("records"):
            parts = [row["model"], row["condition"], regularization_of(row["recipe"])]
            key = networks_key(row)
            known.setdefault((*parts, row["metric"]), rf"\val{{{experiment}/{key}}}")
    published = tables["published"]
    shown = published[published["model"].isin(list(about.labels))]
    rows: list[list[str]] = []
    for model, of_model in shown.groupby("model", sort=False):
        rows += [[]] * bool(rows)  # a space between models
        name = escape(about.labels[str(model)]) + ("" if model in about.published else MARK)
        for place, row in enumerate(of_model.to_dict("records")):
            setting = tuple(row[key] for key in ("model", "condition", "regularization"))
            ours = [known.get((*setting, metric), "") for metric in METRICS]
            theirs = [f"{100 * row[metric]:.2f}" for metric in METRICS]
            labels = [name if place == 0 else "", short_label(row["condition"])]
            rows.append([*labels, regularization_label(row["regularization"]), *theirs, *ours])
    head = ["network", "labels", "regularisation", "train", "test", "train, ours", "test, ours"]
    text = tabular("lllrrrr", head, rows)
    if set(shown["model"]) <= set(about.published):
        return text
    return text + f"\n\\smallskip\n{MARK}\\,{NOTE}.\n"
