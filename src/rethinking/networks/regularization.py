"""The effects of regularisation and of early stopping."""

import pandas as pd

from rethinking.names.columns import SEED, SETTING
from rethinking.names.recipe import NONE, base_of, regularization_of

RUN = [*SETTING, SEED]
# Metrics that are compared with and without regularisation, and the names of their changes.
CHANGES = {"train_accuracy": "train_accuracy_change", "test_accuracy": "test_accuracy_change"}


def early_stopping_table(curves: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The accuracy of each network if training had ended at its best epoch.

    The best epoch is chosen by the test set itself, as Zhang et al. (2017, §3) do. The best of many
    epochs is better than the last by chance alone. On random labels, where nothing can be gained,
    the same number shows by how much.

    Args:
        curves: Learning curves, with columns :data:`RUN`, ``epoch`` and ``test_accuracy``.
        runs: Columns :data:`RUN`, metric, value, points; ``epochs`` is NaN for a diverged network.

    Returns:
        Columns of ``runs``, and unit: ``best_test_accuracy`` (share), ``best_epoch`` (the first
        with it) and ``early_stopping_gain`` (share of images: the best minus that of the last
        epoch); NaN for a diverged network.
    """
    ordered = curves.sort_values(["test_accuracy", "epoch"], ascending=[False, True])
    best = ordered.drop_duplicates(RUN)[[*RUN, "epoch", "test_accuracy"]]
    last = curves.sort_values("epoch").drop_duplicates(RUN, keep="last")
    last = last.rename(columns={"test_accuracy": "last"})[[*RUN, "last"]]
    ended = runs.loc[runs["metric"] == "epochs", [*RUN, "value"]]
    points = runs.loc[runs["metric"] == "test_accuracy", [*RUN, "points"]]
    joined = points.merge(best, on=RUN).merge(last, on=RUN).merge(ended, on=RUN)
    converged = joined["value"].notna()
    values = {
        ("best_test_accuracy", "share"): joined["test_accuracy"],
        ("best_epoch", "epochs"): joined["epoch"].astype(float),
        ("early_stopping_gain", "change"): joined["test_accuracy"] - joined["last"],
    }
    tables = [
        joined[RUN].assign(metric=name, value=value.where(converged), unit=unit)
        for (name, unit), value in values.items()
    ]
    tables[0]["points"] = joined["points"]  # the others are not shares of a sample
    return pd.concat(tables, ignore_index=True)


def change_table(runs: pd.DataFrame) -> pd.DataFrame:
    """The change by regularisation: the difference from the network of the same seed without it.

    The columns are those of ``runs`` (:data:`RUN`, metric, value) and unit, for regularised
    networks and the metrics of :data:`CHANGES` (share of images; positive if regularisation raises
    it).
    """
    tables = []
    for metric, change in CHANGES.items():
        rows = runs.loc[runs["metric"] == metric, [*RUN, "value"]]
        rows = rows.assign(base=rows["recipe"].map(base_of))
        plain = rows["recipe"].map(regularization_of) == NONE
        pair = ["dataset", "condition", "model", "base", "seed"]
        both = rows[~plain].merge(rows.loc[plain, [*pair, "value"]], on=pair, suffixes=("", "_of"))
        changes = both["value"] - both["value_of"]
        tables.append(both[RUN].assign(metric=change, value=changes, unit="change"))
    return pd.concat(tables, ignore_index=True)
