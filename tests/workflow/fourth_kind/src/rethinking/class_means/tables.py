"""From the accuracies of classifiers to tables."""

from pathlib import Path

from rethinking.analysis.summaries import summary_table, with_label_noise
from rethinking.tables import read_table, write_table


def write_tables(measured: Path, runs: Path, summary: Path) -> None:
    """Write the table of all classifiers of an experiment, and the means over their seeds."""
    table = with_label_noise(read_table(measured))
    write_table(table, runs)
    write_table(summary_table(table, ["dataset", "condition", "label_noise"]), summary)
