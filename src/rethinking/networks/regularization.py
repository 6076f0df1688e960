"""The effect of regularisation and of early stopping."""

import pandas as pd

from rethinking.names.recipe import NONE, base_of, regularization_of

RUN = ["dataset", "condition", "model", "recipe", "seed"]
# Metrics that are compared with and without regularisation, and the names of their changes.
CHANGES = {"train_accuracy": "train_accuracy_change", "test_accuracy": "test_accuracy_change"}


def early_stopping_table(curves: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The accuracy of each network if training had ended at its best epoch.

    The best epoch is chosen by the test set itself, as Zhang et al. (2017, §3) do; the best of many
    epochs is above the last by chance alone, so that on random labels, where there is nothing to
    gain, the same number says by how much.

    Args:
        curves: Learning curves: columns :data:`RUN`, ``epoch`` and ``test_accuracy``.
        runs: Columns :data:`RUN`, metric, value, points; ``epochs`` is NaN where one diverged.

    Returns:
        Columns of ``runs``, and unit: ``best_test_accuracy`` (share), ``best_epoch`` (the first
        with it) and ``early_stopping_gain`` (share of images: the best less that of the last
        epoch); NaN where a network diverged.
    """
    ordered = curves.sort_values(["test_accuracy", "epoch"], ascending=[False, True])
    best = ordered.drop_duplicates(RUN)[[*RUN, "epoch", "test_accuracy"]]
    last = curves.sort_values("epoch").drop_duplicates(RUN, keep="last")
    last = last.rename(columns={"test_accuracy": "last"})[[*RUN, "last"]]
    ended = runs.loc[runs["metric"] == "epochs", [*RUN, "value"]]
    points = runs.loc[runs["metric"] == "test_accuracy", [*RUN, "points"]]
    found = points.merge(best, on=RUN).merge(last, on=RUN).merge(ended, on=RUN)
    known = found["value"].notna()
    values = {
        ("best_test_accuracy", "share"): found["test_accuracy"],
        ("best_epoch", "epochs"): found["epoch"].astype(float),
        ("early_stopping_gain", "change"): found["test_accuracy"] - found["last"],
    }
    tables = [
        found[RUN].assign(metric=name, value=value.where(known), unit=unit)
        for (name, unit), value in values.items()
    ]
    tables[0]["points"] = found["points"]  # the others are no shares of a sample
    return pd.concat(tables, ignore_index=True)


def change_table(runs: pd.DataFrame) -> pd.DataFrame:
    """The change by regularisation, from the network of the same seed and labels without it.

    Args:
        runs: Columns :data:`RUN`, metric, value.

    Returns:
        The same columns and unit, of regularised networks: for each metric of :data:`CHANGES` its
        change (share of images; positive where regularisation raises it).
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
