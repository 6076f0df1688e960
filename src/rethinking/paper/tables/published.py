"""What Zhang et al. (2017) report, and what came out here."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.files import write_text
from rethinking.names.labels import regularization_label, short_label, summary_key
from rethinking.names.recipe import regularization_of
from rethinking.paper.escape import escape
from rethinking.paper.tabular import tabular
from rethinking.tables import read_table

METRICS = ("train_accuracy", "test_accuracy")
# Where ours are looked for: networks without regularisation may stand in both.
EXPERIMENTS = ("randomization", "regularization")
MARK = r"\textsuperscript{*}"
NOTE = "of another data set or another width, and so not to be compared by value"


def published_table(
    summaries: Mapping[str, pd.DataFrame],
    published: pd.DataFrame,
    labels: Mapping[str, str],
    comparable: Collection[str],
) -> str:
    r"""A row for each published result; ours beside it are ``\val``.

    Args:
        summaries: By experiment, what ``rethinking.networks.tables.summary_table`` gives.
        published: Columns model, condition, regularization and :data:`METRICS` (shares in [0, 1]).
        labels: What to call the models; those that it lacks are left out.
        comparable: Models that are as wide as theirs and see the same data.
    """
    known = {
        f"{experiment}/{summary_key(row | {'regularization': regularization})}"
        for experiment, summary in summaries.items()
        for row in summary[summary["mean"].notna()].to_dict("records")
        for regularization in [regularization_of(row["recipe"])]
    }
    rows: list[list[str]] = []
    shown = published[published["model"].isin(list(labels))]
    for model, of_model in shown.groupby("model", sort=False):
        rows += [[]] * bool(rows)  # a space between models
        name = escape(labels[str(model)]) + ("" if model in comparable else MARK)
        for place, row in enumerate(of_model.to_dict("records")):
            ours = [_ours(row | {"metric": metric}, known) for metric in METRICS]
            theirs = [f"{100 * row[metric]:.2f}" for metric in METRICS]
            labelled = [name if place == 0 else "", short_label(row["condition"])]
            rows.append([*labelled, regularization_label(row["regularization"]), *theirs, *ours])
    head = ["network", "labels", "regularisation", "train", "test", "train, ours", "test, ours"]
    text = tabular("lllrrrr", head, rows)
    if set(shown["model"]) <= set(comparable):
        return text
    return text + f"\n\\smallskip\n{MARK}\\,{NOTE}.\n"


def _ours(row: Mapping[Any, Any], known: Collection[str]) -> str:
    keys = [f"{experiment}/{summary_key(row)}" for experiment in EXPERIMENTS]
    return next((rf"\val{{{key}}}" for key in keys if key in known), "")


def write_published_table(
    summaries: Sequence[Path], published: Path, table: Path, spec: Mapping[str, Any]
) -> None:
    """Write the table of published results.

    Args:
        summaries: The summary table of each experiment.
        published: What others have published.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``experiments`` (the names of these), ``labels`` and
            ``comparable``.
    """
    tables = dict(zip(spec["experiments"], map(read_table, summaries), strict=True))
    text = published_table(tables, read_table(published), spec["labels"], spec["comparable"])
    write_text(table, text)
