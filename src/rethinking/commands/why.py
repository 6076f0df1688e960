"""Say what made each stale step stale."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rethinking.commands.plan import plan

# Causes of one kind that are told in full; of more, how many.
TOLD = 2


def why(arguments: Sequence[str]) -> int:
    """Print a line for each stale step: its first output, and what made it stale.

    Args:
        arguments: Targets and options of Snakemake's.

    Returns:
        0.
    """
    stale = [step for step in plan(arguments).steps if step.stale]
    for step in stale:
        print(f"{step.rule} {step.outputs[0]}: {'; '.join(_shortened(step.causes))}")
    counted = f"{len(stale)} stale step{'s' * (len(stale) > 1)}"
    print(counted if stale else "Nothing is stale.")
    return 0


def _shortened(causes: Sequence[str]) -> Iterator[str]:
    """The causes, of those after steps of one rule and of missing files the first ones only."""
    for _, alike in groupby(causes, key=_kind):
        found = list(alike)
        yield from found[:TOLD]
        if len(found) > TOLD:
            yield f"and {len(found) - TOLD} more like this"


def _kind(cause: str) -> str:
    if cause.startswith("after "):
        return cause.partition(":")[0]
    return "missing" if cause.endswith(" is missing") else cause
