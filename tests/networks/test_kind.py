"""Where the networks of a row lie, and by which key the paper prints it."""

import pandas as pd
import pytest

from rethinking.names.kinds import load_kind
from rethinking.networks import kind

ROW = {
    "dataset": "d",
    "condition": "label_noise-0.50",
    "model": "m",
    "recipe": "fixed_length",
    "metric": "test_accuracy",
}


def test_networks_of_a_row_lie_where_they_are_trained_whatever_the_experiment():
    assert kind.run("one", ROW) == kind.run("other", ROW)
    assert kind.run("one", ROW) == "runs/d/label_noise-0.50/m/fixed_length"


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        ("fixed_length", "m/label_noise-0.50/test_accuracy"),
        ("fixed_length-dropout-flip", "m/label_noise-0.50/dropout-flip/test_accuracy"),
    ],
)
def test_keys_of_regularised_networks_say_with_what(recipe, key):
    assert kind.key(ROW | {"recipe": recipe}) == key


def test_all_rows_of_the_summary_are_printed_each_once():
    rows = [ROW | {"recipe": recipe, "mean": mean} for recipe, mean in (("a", 1), ("a-flip", 2))]
    found = list(kind.printed({"summary": pd.DataFrame(rows)}))
    assert [(table, place, row["mean"]) for _, table, place, row in found] == [
        ("summary", 0, 1),
        ("summary", 1, 2),
    ]
    assert [key for key, *_ in found] == [kind.key(row) for row in rows]
    assert load_kind("networks") is kind
