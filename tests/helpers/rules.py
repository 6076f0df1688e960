"""The rules of the workflow: as they are written, and the calls that a plan makes of them."""

import contextlib
import functools
import re
from collections import defaultdict
from pathlib import Path

from rethinking.commands.plan import plan
from rethinking.study.images import archives_of

ROOT = Path(__file__).parents[2]


@functools.cache
def rules():
    """The text of every rule of the stages, by name."""
    found = {}
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for text in re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            name, _, body = text.partition(":")
            found[name] = body
    return found


@functools.cache
def specs():
    """The specs of all jobs of every rule, by name: of the paper of scale smoke, and of a download.

    Nothing is run, and no results are looked at.
    """
    archive = next(iter(archives_of("mnist")))
    found = defaultdict(list)
    with contextlib.chdir(ROOT):
        targets = ["paper", f"nowhere/downloads/mnist/{archive}"]
        options = ["scale=smoke", "results_dir=nowhere", "device=cpu"]
        for step in plan([*targets, "--config", *options]).steps:
            found[step.rule].append(step.spec)
    return dict(found)


def environment_of(rule):
    """The name of the conda environment of a rule."""
    (name,) = re.findall(r'conda:\s+"../../envs/(\w+)\.yaml"', rules()[rule])
    return name
