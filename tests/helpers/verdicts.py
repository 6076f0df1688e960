"""Made-up results of networks, claims about them, and the verdicts on these."""

from functools import partial

import pandas as pd

from rethinking.analysis.claims import Evidence, evaluate_all
from rethinking.names.kinds import load_kind

CHANCE = 0.1
SAYS = {
    "supported": r"It is high: \because{A}.",
    "refuted": r"It is low: \because{A}.",
    "undecided": "Who knows?",
}


def run_of(kind="networks"):
    """The function that names the folder of a row of the experiment ``e``, which is of a kind."""
    return partial(load_kind(kind).run, "e")


def evidence(table, kind="networks"):
    """A table of runs as the evidence of the experiment ``e``, by its name."""
    return {"e": Evidence(table, CHANCE, run_of(kind))}


def ledger(**keys):
    """A claim A for any scale and a claim B for scale full.

    Args:
        keys: More keys of A's criterion ``high``: that the test accuracy of each model is over 0.5.
    """
    criterion = {"of": "test accuracy, kappa", "experiment": "e", "metric": "test_accuracy"}
    criterion |= {"where": {}, "over": ["model"], "quantifier": "each", "estimator": "value"}
    criterion |= {"interval": "logit_t", "above": 0.5}
    claim = {"source": "rebuttal", "section": "s", "statement": "It is 90 % high.", "scale": "any"}
    claims = {"A": claim | {"says": SAYS, "criteria": {"high": criterion | keys}}}
    return {"claims": claims | {"B": claim | {"scale": "full", "criteria": {"high": criterion}}}}


def judged(*values, **keys):
    """The verdicts on :func:`ledger`, of a model with a test accuracy for each seed."""
    keys_of_run = {"dataset": "d", "condition": "true_labels", "model": "m", "recipe": "r"}
    measured = {"metric": "test_accuracy", "unit": "share", "points": 100}
    table = pd.DataFrame(
        keys_of_run | measured | {"seed": seed, "value": value} for seed, value in enumerate(values)
    )
    return evaluate_all(ledger(**keys), evidence(table), "s")
