"""The table of accuracies of an experiment."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.analysis.labels import condition_label
from rethinking.files import write_text
from rethinking.paper.escape import escape


def accuracy_table(
    experiment: str,
    summary: pd.DataFrame,
    labels: Mapping[str, str],
) -> str:
    r"""The table of accuracies of an experiment: a ``tabular``, its results all ``\val``.

    Args:
        experiment: Its name.
        summary: What ``rethinking.analysis.tables.summary_table`` gives.
        labels: What to call the models.
    """
    settings = summary[summary["metric"] == "test_accuracy"]
    rows: list[list[str]] = []
    for model in settings["model"].unique():
        of_model = settings[settings["model"] == model]
        columns = of_model[["condition", "n", "excluded"]].to_numpy()
        for place, (condition, seeds, diverged) in enumerate(columns):
            key = f"{experiment}/{model}/{condition}"
            rows.append(
                [
                    escape(labels[model]) if place == 0 else "",
                    condition_label(condition),
                    f"{seeds}" + (f" ({diverged} diverged)" if diverged else ""),
                    *(
                        rf"\val{{{key}/{metric}}}"
                        for metric in ("train_accuracy", "test_accuracy", "epochs")
                    ),
                    rf"\est{{{key}/interpolated}}",
                ]
            )
        rows.append([])  # a space between models
    head = ["network", "condition", "seeds", "train", "test", "epochs", "fitted"]
    return _tabular("llrllll", head, rows[:-1])


def _tabular(columns: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        " & ".join(head) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" if row else r"\addlinespace" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def write_accuracy_table(summary: Path, table: Path, spec: Mapping[str, Any]) -> None:
    """Write the table of an experiment.

    Args:
        summary: Its summary table.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``experiment`` and ``labels``.
    """
    write_text(table, accuracy_table(spec["experiment"], pd.read_csv(summary), spec["labels"]))
