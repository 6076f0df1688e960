"""Where the functions of a row lie, and by which key the paper prints it."""

import math

import pandas as pd

from rethinking.constructions import kind
from rethinking.names.kinds import load_kind

ROW = {
    "condition": "true_labels",
    "function": "k",
    "images": 30,
    "l2": math.nan,
    "metric": "test_accuracy",
    "x": math.nan,
}


def test_all_functions_of_a_construction_lie_in_one_folder():
    assert kind.run("c", ROW) == "constructions/c"
    assert load_kind("constructions") is kind


def test_keys_have_a_penalty_where_there_is_one_to_choose():
    assert kind.key(ROW) == "k/30/true_labels/test_accuracy"
    assert kind.key(ROW | {"l2": 0.01}) == "k/30/0.01/true_labels/test_accuracy"
    assert kind.key(ROW | {"l2": 0.0}) == "k/30/0/true_labels/test_accuracy"


def test_numbers_on_no_curve_are_printed_and_those_of_the_most_images_twice():
    rows = [ROW | {"l2": 0.01, "images": 10}, ROW | {"l2": 0.0, "x": 1.0}, ROW | {"l2": 0.01}, ROW]
    found = kind.printed({"summary": pd.DataFrame(rows)})
    assert [(key, table, place) for key, table, place, _ in found] == [
        ("k/10/0.01/true_labels/test_accuracy", "summary", 0),
        ("k/30/0.01/true_labels/test_accuracy", "summary", 2),
        ("k/most/0.01/true_labels/test_accuracy", "summary", 2),
        ("k/30/true_labels/test_accuracy", "summary", 3),
        ("k/most/true_labels/test_accuracy", "summary", 3),
    ]


def test_the_most_images_are_those_of_each_function():
    rows = [ROW, ROW | {"function": "other", "images": 7}]
    keys = {key for key, *_ in kind.printed({"summary": pd.DataFrame(rows)})}
    assert {"k/most/true_labels/test_accuracy", "other/most/true_labels/test_accuracy"} <= keys
