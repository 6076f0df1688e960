"""Made-up networks: how their trainings ended, and what was measured of them."""

import math

import pandas as pd

from rethinking.networks.specs import Setting, TablesSpec

# Of a number that is no point of a curve or picture.
NO_PLACE = {"x": math.nan, "y": math.nan, "note": None}
TEST_IMAGES = 100


def setting(condition="true_labels", model="m", recipe="plain"):
    """Networks of the data set ``d``."""
    return Setting("d", condition, model, recipe)


def info(one, members):
    """The description of a block.

    Args:
        one: The setting.
        members: Status, epochs, and accuracies by name, for each seed from 0; None for an accuracy
            that is not known.
    """
    described = [
        {"seed": seed, "status": status, "epochs": epochs, "metrics": list(_metrics(accuracies))}
        for seed, (status, epochs, accuracies) in enumerate(members)
    ]
    facts = {"models/m/parameters": 1234, "models/m/precision": "float32"}
    return {**vars(one), "facts": facts, "members": described}


def _metrics(accuracies):
    for name, value in accuracies.items():
        points = TEST_IMAGES if name == "test_accuracy" else None
        note = "diverged" if value is None else ""
        yield {"metric": name, "value": value, "unit": "share", "points": points, "note": note}


def measured(one, values, metric="margin", unit="signed", points=None):
    """A table of measurements of a setting, a value for each seed from 0."""
    return pd.DataFrame(
        vars(one)
        | {"seed": seed, "metric": metric, "value": value, "unit": unit, "points": points}
        | NO_PLACE
        for seed, value in enumerate(values)
    )


def tables_spec(settings, seeds, *, times=False, accuracies=True):
    """What tables are made of, where all models have as many seeds."""
    used = {one.model: list(range(seeds)) for one in settings}
    return TablesSpec(list(settings), used, accuracies=accuracies, times=times)
