"""Build the paper, and continue an interrupted run."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from rethinking.commands.alone import alone, tell
from rethinking.commands.group import INTERRUPTED, run_as_group
from rethinking.commands.plan import Plan, plan
from rethinking.errors import InputError
from rethinking.files import read_json, write_text
from rethinking.step.job import DISCARDED
from rethinking.step.provenance import DamagedError, check, discard

PROFILE = Path("profiles/default/config.yaml")
WITHOUT_BARS = Path(".snakemake/profile")
SNAKEMAKES_LOCKS = Path(".snakemake/locks")
# Damaged results are removed in every attempt: after so many, the disk is at fault.
ATTEMPTS = 10
CORES = ("-c", "--cores", "-j", "--jobs", "--profile")
DRY = ("-n", "--dry-run", "--dryrun")


def run(arguments: Sequence[str]) -> int:
    """Run Snakemake alone in this folder, and again after damaged results.

    Without an option for cores, Snakemake uses all.

    Returns:
        Snakemake's exit code; 130 if it was interrupted, 129 if the terminal was closed, 143 if
        it was terminated.

    Raises:
        InputError: Snakemake cannot make a plan, or the folder cannot be written to.
    """
    if not any(argument.partition("=")[0] in CORES for argument in arguments):
        arguments = ["--cores", "all", *arguments]
    if not sys.stderr.isatty():
        arguments = [*_in_lines(), *arguments]
    if any(argument in DRY for argument in arguments):
        return _snakemake(arguments)
    began = time.time()
    with alone():
        if SNAKEMAKES_LOCKS.is_dir() and any(SNAKEMAKES_LOCKS.iterdir()):
            tell("unlocking the folder after a run that was killed")
            # All words after --quiet are its values, so no targets may follow it.
            _prepare([*_in_lines(), "--quiet", "all", "--unlock", *arguments])
        planned = plan(arguments)
        _remove_damaged(planned)
        outdated = _restore_memory(planned)
        for _ in range(ATTEMPTS):
            DISCARDED.unlink(missing_ok=True)
            code = _snakemake(_forcing(arguments, outdated))
            if code in (0, *INTERRUPTED) or not DISCARDED.exists():
                break
            for damaged in dict.fromkeys(DISCARDED.read_text().splitlines()):
                tell(f"{damaged} was damaged; making it again")
    _report(planned, code, began)
    return code


def _report(planned: Plan, code: int, began: float) -> None:
    """Print the path of the paper, or the errors, after the long output of Snakemake."""
    if code in INTERRUPTED:
        tell("interrupted; the same command goes on")
    results, scale = planned.config["results_dir"], planned.config["scale"]
    elsewhere = "" if results == "results" else f" --results-dir {results}"
    for step in planned.steps:
        if code == 0 and step.rule == "pdf":
            tell(f"the paper is {step.outputs[0]}")
            tell(f"its verdicts: rethinking claims --scale {scale}{elsewhere}")
        for path in step.logs if code not in (0, *INTERRUPTED) else ():
            if path.exists() and path.stat().st_mtime >= began:
                text = path.read_text(errors="replace").rstrip()
                last = text.rpartition("\n")[2]
                if " CRITICAL " in last or "Traceback (most recent" in text:
                    tell(f"failed: {step.rule}: {last.rpartition(' CRITICAL ')[2]} ({path})")


def _remove_damaged(planned: Plan) -> None:
    """Remove damaged published files, which no step reads and checks."""
    folder = Path(planned.config["results_dir"], planned.config["scale"])
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return
    try:
        check(manifest)
        paths = [folder / entry["path"] for entry in read_json(manifest)["artefacts"]]
    except DamagedError:
        paths = [manifest]
    for path in paths:
        if path.exists():
            try:
                check(path)
            except DamagedError as error:
                tell(f"{error}; making it again")
                discard(path)


def _restore_memory(planned: Plan) -> list[str]:
    """Restore Snakemake's memory of finished steps from the records beside results.

    Without its memory, in ``.snakemake``, Snakemake considers all existing results fresh.

    Returns:
        Results that Snakemake considers fresh although they are stale.
    """
    forgotten = [step for step in planned.steps if step.forgotten]
    if not forgotten:
        return []
    tell(f"Snakemake has no memory of {len(forgotten)} finished steps; going by their records")
    fresh = [step for step in forgotten if not step.stale]
    if fresh:
        outputs = [output for step in fresh for output in step.outputs if output.exists()]
        times = {output: output.stat() for output in outputs}
        touching = [*_in_lines(), "--quiet", "all", "--cores", "1", "--touch", "--force"]
        targets = [str(step.outputs[0]) for step in fresh]
        _prepare([*touching, *targets, *planned.config_options])
        # A later time would make following steps stale that are no targets now.
        for output, before in times.items():
            os.utime(output, ns=(before.st_atime_ns, before.st_mtime_ns))
    return [str(step.outputs[0]) for step in forgotten if step.stale]


def _forcing(arguments: Sequence[str], outputs: Sequence[str]) -> list[str]:
    """Add an option to the arguments that forces these outputs to be made again."""
    if not outputs:
        return list(arguments)
    for flag in ("--forcerun", "-R"):
        if flag in arguments:
            end = arguments.index(flag) + 1
            return [*arguments[:end], *outputs, *arguments[end:]]
    # Only targets may follow "--".
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:end], "--forcerun", *outputs, *arguments[end:]]


def _in_lines() -> list[str]:
    """Options for a line from Snakemake for each job, because progress bars need a terminal.

    No option switches a logger off, so this writes the default profile without the logger.
    """
    settings = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    del settings["logger"]
    try:
        write_text(WITHOUT_BARS / "config.yaml", yaml.safe_dump(settings))
    except OSError as error:
        raise InputError(f"{WITHOUT_BARS}: {error.strerror}; fix that and run again") from error
    return ["--workflow-profile", str(WITHOUT_BARS)]


def _snakemake(arguments: Sequence[str]) -> int:
    return run_as_group([sys.executable, "-m", "snakemake", *arguments])


def _prepare(arguments: Sequence[str]) -> None:
    if _snakemake(arguments) in INTERRUPTED:
        raise KeyboardInterrupt
