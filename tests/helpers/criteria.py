"""Made-up tables of runs, and criteria of claims about them."""

import math

NAN = math.nan


def run(value, seed=0, metric="test_accuracy", model="m", condition="true_labels", **keys):
    """A row about a network."""
    noise = {"true_labels": 0.0}.get(condition, NAN)
    if condition.startswith("label_noise"):
        noise = float(condition.partition("-")[2])
    found = {"dataset": "d", "condition": condition, "label_noise": noise, "model": model}
    found |= {"recipe": "r", "seed": seed, "metric": metric, "value": value, "unit": "share"}
    return found | {"points": NAN, "note": NAN} | keys


def runs(*values, **keys):
    """A row for each of some seeds."""
    return [run(value, seed, **keys) for seed, value in enumerate(values)]


def student(value, seed=0, metric="kappa", images="uniform_noise", n2=40, **keys):
    """A row about a teacher and its student."""
    found = {"dataset": "d", "model": "m", "images": images, "n1": 10, "student_images": images}
    found |= {"source": "trained", "labels": "hard", "n2": n2, "learner": "network"}
    found |= {"test": "fresh", "seed": seed, "metric": metric, "value": value}
    return found | {"unit": "coefficient", "points": NAN, "note": NAN} | keys


def criterion(**keys):
    """An entry of the ledger of claims: the test accuracy of each model and condition."""
    found = {"of": "x", "experiment": "e", "metric": "test_accuracy", "where": {}}
    found |= {"over": ["model", "condition"], "quantifier": "each", "estimator": "value"}
    return found | {"interval": "t"} | keys
