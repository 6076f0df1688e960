"""Say what made each stale step stale."""

from collections.abc import Sequence

from rethinking.commands.plan import plan


def why(arguments: Sequence[str]) -> None:
    """Print a line for each stale step and cause.

    Args:
        arguments: Targets and options of Snakemake's.
    """
    stale = [step for step in plan(arguments).steps if step.stale]
    for step in stale:
        for cause in step.causes:
            print(f"{step.rule} {step.outputs[0]}: {cause}")
    counted = f"{len(stale)} stale step{'s' * (len(stale) > 1)}"
    print(counted if stale else "Nothing is stale.")
