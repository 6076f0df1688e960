"""The table of accuracies of an experiment."""

from collections.abc import Iterable, Mapping
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
    r"""The table of accuracies of an experiment: a ``tabular``, its numbers all ``\val``.

    Args:
        experiment: Its name.
        summary: What ``rethinking.analysis.tables.summary_table`` gives.
        labels: What to call the models.
    """
    settings = summary[summary["metric"] == "test_accuracy"]
    rows = []
    for model, of_model in settings.groupby("model", sort=False):
        for place, (condition, seeds) in enumerate(of_model[["condition", "n"]].to_numpy()):
            key = f"{experiment}/{model}/{condition}"
            rows.append(
                [
                    escape(labels[model]) if place == 0 else "",
                    condition_label(condition),
                    str(seeds),
                    *(
                        rf"\val{{{key}/{metric}}}"
                        for metric in ("train_accuracy", "test_accuracy", "epochs")
                    ),
                    rf"\est{{{key}/interpolated}}",
                ]
            )
        rows.append([r"\addlinespace"])
    head = ["network", "condition", "seeds", "train", "test", "epochs", "interpolated"]
    return _tabular("llrllll", head, rows[:-1])


def _tabular(columns: str, head: Iterable[str], rows: Iterable[list[str]]) -> str:
    body = "\n".join(
        " & ".join(row) + (r" \\" if len(row) > 1 else "") for row in [list(head), *rows]
    )
    body = body.replace(r" \\", " \\\\\n\\midrule", 1)
    return "\n".join(
        [rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}", r"\toprule", body, r"\bottomrule"]
        + [r"\end{tabular}", ""]
    )


def write_accuracy_table(summary: Path, table: Path, spec: Mapping[str, Any]) -> None:
    """Write the table of an experiment.

    Args:
        summary: Its summary table.
        table: The LaTeX file to write.
        spec: The job's spec; read here are ``experiment`` and ``labels``.
    """
    write_text(table, accuracy_table(spec["experiment"], pd.read_csv(summary), spec["labels"]))
