"""Early stopping and changes by regularisation, from made-up curves and accuracies."""

import math

import pandas as pd
import pytest

from rethinking.networks.regularization import change_table, early_stopping_table
from rethinking.networks.tables import runs_table
from tests.helpers.runs import TEST_IMAGES, info, setting, tables_spec

PLAIN, DECAY = "fixed", "fixed-weight_decay"


def keys(recipe, seed, condition="true_labels"):
    return vars(setting(condition, recipe=recipe)) | {"seed": seed}


def curve(recipe, seed, accuracies):
    return pd.DataFrame(
        keys(recipe, seed) | {"epoch": epoch, "test_accuracy": accuracy}
        for epoch, accuracy in enumerate(accuracies, start=1)
    )


def ended(status, train, test):
    return status, 4, {"train_accuracy": train, "test_accuracy": test}


@pytest.fixture
def runs():
    plain, decay = setting(recipe=PLAIN), setting(recipe=DECAY)
    infos = [
        info(plain, [ended("budget_ended", 1.0, 0.6), ended("budget_ended", 1.0, 0.5)]),
        info(decay, [ended("budget_ended", 0.9, 0.75), ended("diverged", None, None)]),
    ]
    curves = pd.concat(
        [
            # By epoch, seeds mixed; the best comes twice, of which the first counts.
            curve(PLAIN, 0, [0.2, 0.8, 0.8, 0.6]),
            curve(PLAIN, 1, [0.1, 0.2, 0.4, 0.5]),
            curve(DECAY, 0, [0.75, 0.3, 0.4, 0.75]),
            curve(DECAY, 1, [0.9, math.nan, math.nan, math.nan]),
        ]
    ).sort_values("epoch")
    return runs_table([], infos, tables_spec([plain, decay], seeds=2), curves)


def value(runs, recipe, seed, metric):
    chosen = (runs["recipe"] == recipe) & (runs["seed"] == seed) & (runs["metric"] == metric)
    (found,) = runs.loc[chosen, "value"]
    return found


@pytest.mark.parametrize(
    ("recipe", "seed", "best", "epoch", "gain"),
    [(PLAIN, 0, 0.8, 2, 0.2), (PLAIN, 1, 0.5, 4, 0.0), (DECAY, 0, 0.75, 1, 0.0)],
)
def test_early_stopping_picks_the_first_of_the_best_epochs(runs, recipe, seed, best, epoch, gain):
    assert value(runs, recipe, seed, "best_test_accuracy") == best
    assert value(runs, recipe, seed, "best_epoch") == epoch
    assert value(runs, recipe, seed, "early_stopping_gain") == pytest.approx(gain)


@pytest.mark.parametrize("metric", ["best_test_accuracy", "best_epoch", "early_stopping_gain"])
def test_a_diverged_network_has_no_best_epoch(runs, metric):
    assert math.isnan(value(runs, DECAY, 1, metric))


def test_changes_are_against_the_same_seed_without_regularisation(runs):
    assert value(runs, DECAY, 0, "test_accuracy_change") == pytest.approx(0.15)
    assert value(runs, DECAY, 0, "train_accuracy_change") == pytest.approx(-0.1)
    assert math.isnan(value(runs, DECAY, 1, "test_accuracy_change"))
    plain = runs[runs["recipe"] == PLAIN]
    assert not plain["metric"].str.endswith("_change").any()


def test_changes_do_not_mix_labels():
    rows = [
        keys(recipe, 0, condition) | {"metric": "test_accuracy", "value": accuracy}
        for condition, recipe, accuracy in [
            ("true_labels", PLAIN, 0.9),
            ("true_labels", DECAY, 0.8),
            ("label_noise-1.00", PLAIN, 0.1),
            ("label_noise-1.00", DECAY, 0.3),
        ]
    ]
    changes = change_table(pd.DataFrame(rows)).set_index("condition")["value"]
    assert changes["true_labels"] == pytest.approx(-0.1)
    assert changes["label_noise-1.00"] == pytest.approx(0.2)


def test_training_to_the_end_says_nothing_of_interpolation(runs):
    assert "interpolated" not in set(runs["metric"])
    assert (runs.loc[runs["metric"] == "epochs", "value"].dropna() == 4).all()


def test_the_best_is_a_share_of_the_test_images(runs):
    points = runs[runs["metric"] == "best_test_accuracy"]["points"]
    assert (points == TEST_IMAGES).all()
    assert runs[runs["metric"] == "best_epoch"]["points"].isna().all()


def test_the_table_has_the_unit_of_every_metric(runs):
    assert dict(zip(runs["metric"], runs["unit"], strict=True)) == {
        "epochs": "epochs",
        "train_accuracy": "share",
        "test_accuracy": "share",
        "best_test_accuracy": "share",
        "best_epoch": "epochs",
        "early_stopping_gain": "change",
        "train_accuracy_change": "change",
        "test_accuracy_change": "change",
    }


def test_of_networks_that_were_not_measured_there_is_no_best_epoch():
    curves = pd.concat([curve(PLAIN, 0, [0.5]), curve(PLAIN, 7, [0.9])])
    rows = [
        keys(PLAIN, 0) | {"metric": metric, "value": 1.0, "points": 10}
        for metric in ("test_accuracy", "epochs")
    ]
    assert set(early_stopping_table(curves, pd.DataFrame(rows))["seed"]) == {0}
