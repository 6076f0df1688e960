"""The table of results of an experiment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.files import write_text
from rethinking.names.labels import condition_label
from rethinking.paper.escape import escape
from rethinking.paper.tabular import tabular
from rethinking.tables import read_table

# What is shown of an experiment, by whether its rate was constant: heading to metric.
END_STATES = {"train": "train_accuracy", "test": "test_accuracy"}
TIMES = {
    "epochs": "epochs_to_interpolate",
    "relative": "relative_epochs",
    "test error": "test_error_at_interpolation",
}


def results_table(
    experiment: str,
    summary: pd.DataFrame,
    labels: Mapping[str, str],
    constant_rate: bool,
) -> str:
    r"""The table of results of an experiment: a ``tabular``, its results all ``\val``.

    Args:
        experiment: Its name.
        summary: What ``rethinking.networks.tables.summary_table`` gives.
        labels: What to call the models.
        constant_rate: Whether the experiment is about times rather than end states.
    """
    metrics = TIMES if constant_rate else END_STATES
    keys = ["dataset", "model", "condition"]
    settings = summary[summary["metric"] == "interpolated"][[*keys, "n"]]
    diverged = summary[summary["metric"] == "epochs"].set_index(keys)["excluded"]
    known = set(summary.loc[summary["mean"].notna(), [*keys, "metric"]].itertuples(index=False))
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
            rows.append(cells)
        rows.append([])  # a space between models
    head = ["network", "condition", *metrics, "fitted"]
    return tabular("l" * len(head), head, rows[:-1])


def diverged_note(count: int) -> str:
    """How many networks of a row diverged, of which its numbers are not; empty where none did."""
    return f" ({count} diverged)" if count else ""


def write_results_table(summary: Path, table: Path, spec: Mapping[str, Any]) -> None:
    """Write the table of an experiment.

    Args:
        summary: Its summary table.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``experiment``, ``labels`` and ``schedule``.
    """
    constant_rate = spec["schedule"] == "constant"
    text = results_table(spec["experiment"], read_table(summary), spec["labels"], constant_rate)
    write_text(table, text)
