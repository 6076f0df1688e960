"""Explain why steps are stale."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rethinking.commands.plan import plan

# The number of causes of one kind that are printed; of the others, only the number is.
SHOWN = 2


def why(arguments: Sequence[str]) -> int:
    """Print a line for each stale step: its first output, and the causes."""
    stale = [step for step in plan(arguments).steps if step.stale]
    for step in stale:
        print(f"{step.rule} {step.outputs[0]}: {'; '.join(_shortened(step.causes))}")
    counted = f"{len(stale)} stale step{'s' * (len(stale) > 1)}"
    print(counted if stale else "Nothing is stale.")
    return 0


def _shortened(causes: Sequence[str]) -> Iterator[str]:
    """The first causes of each kind: after steps of one rule, missing files, or single causes."""
    for _, group in groupby(causes, key=_kind):
        similar = list(group)
        yield from similar[:SHOWN]
        if len(similar) > SHOWN:
            yield f"and {len(similar) - SHOWN} more like this"


def _kind(cause: str) -> str:
    if cause.startswith("after "):
        return cause.partition(":")[0]
    return "missing" if cause.endswith(" is missing") else cause
