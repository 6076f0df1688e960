"""The table of results of an experiment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.labels import condition_label
from rethinking.files import write_text
from rethinking.paper.escape import escape
from rethinking.paper.tabular import tabular
from rethinking.training.recipe_name import NONE

# What is shown of an experiment, by whether its rate was constant: heading to metric.
END_STATES = {"train": "train_accuracy", "test": "test_accuracy"}
TIMES = {
    "epochs": "epochs_to_interpolate",
    "relative": "relative_epochs",
    "test error": "test_error_at_interpolation",
}
# What the paper compares with, of the first author's network without regularisation.
PUBLISHED = ("train_accuracy", "test_accuracy")


def results_table(
    experiment: str,
    summary: pd.DataFrame,
    published: pd.DataFrame,
    labels: Mapping[str, str],
    constant_rate: bool,
) -> str:
    r"""The table of results of an experiment: a ``tabular``, its results all ``\val``.

    Args:
        experiment: Its name.
        summary: What ``rethinking.analysis.tables.summary_table`` gives.
        published: Columns model, condition and :data:`PUBLISHED` (shares in [0, 1]), of models
            that are comparable; they are shown beside end states.
        labels: What to call the models.
        constant_rate: Whether the experiment is about times rather than end states.
    """
    metrics = TIMES if constant_rate else END_STATES
    keys = ["dataset", "model", "condition"]
    settings = summary[summary["metric"] == "interpolated"][[*keys, "n"]]
    settings = settings.merge(published, how="left", on=["model", "condition"])
    diverged = summary[summary["metric"] == "epochs"].set_index(keys)["excluded"]
    known = set(summary.loc[summary["mean"].notna(), [*keys, "metric"]].itertuples(index=False))
    beside = not constant_rate and bool(settings[list(PUBLISHED)].notna().any(axis=None))
    rows: list[list[str]] = []
    for model, of_model in settings.groupby("model", sort=False):
        for place, row in enumerate(of_model.to_dict("records")):
            key = f"{experiment}/{model}/{row['condition']}"
            setting = tuple(row[name] for name in keys)
            cells = [
                escape(labels[str(model)]) if place == 0 else "",
                condition_label(row["condition"]),
                *(
                    rf"\val{{{key}/{metric}}}" if (*setting, metric) in known else "--"
                    for metric in metrics.values()
                ),
                rf"\est{{{key}/interpolated}}" + diverged_note(diverged[setting]),
            ]
            if beside:
                cells += [percent(row[metric]) for metric in PUBLISHED]
            rows.append(cells)
        rows.append([])  # a space between models
    head = ["network", "condition", *metrics, "fitted"]
    if beside:
        head += ["train*", "test*"]
    return tabular("l" * len(head), head, rows[:-1])


def diverged_note(count: int) -> str:
    """How many networks of a row diverged, of which its numbers are not; empty where none did."""
    return f" ({count} diverged)" if count else ""


def percent(share: float) -> str:
    """A published share in percent, as it was published; empty where there is none."""
    return "" if pd.isna(share) else f"{100 * share:.2f}"


def write_results_table(
    summary: Path, published: Path, table: Path, spec: Mapping[str, Any]
) -> None:
    """Write the table of an experiment.

    Args:
        summary: Its summary table.
        published: What others have published.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``experiment``, ``labels``, ``schedule``, and
            ``comparable``, the models whose published numbers are shown.
    """
    theirs = pd.read_csv(published)
    text = results_table(
        spec["experiment"],
        pd.read_csv(summary),
        theirs[theirs["model"].isin(spec["comparable"]) & (theirs["regularization"] == NONE)],
        spec["labels"],
        spec["schedule"] == "constant",
    )
    write_text(table, text)
