"""Say what made each stale step stale."""

from collections.abc import Sequence

from rethinking.commands.plan import plan


def why(arguments: Sequence[str]) -> None:
    """Print a line for each stale step: what it makes first, and all that made it stale.

    Args:
        arguments: Targets and options of Snakemake's.
    """
    stale = [step for step in plan(arguments).steps if step.stale]
    for step in stale:
        print(f"{step.rule} {step.outputs[0]}: {'; '.join(step.causes)}")
    counted = f"{len(stale)} stale step{'s' * (len(stale) > 1)}"
    print(counted if stale else "Nothing is stale.")
