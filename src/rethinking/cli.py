"""The command ``rethinking``."""

import argparse
import importlib
import inspect
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rethinking.commands.account import forget_looks, give_caches_a_place, give_name
from rethinking.errors import InputError
from rethinking.study.paths import as_path

# The function of each command. Its parameters are names of options; ``arguments`` are the rest.
COMMANDS = {
    "run": "run:run",
    "why": "why:why",
    "forecast": "forecast:forecast",
    "clean": "clean:clean",
    "claims": "claims:print_claims",
    "verify": "verify:verify",
    "diff": "diff:diff",
    "archive": "archive:archive",
    "restore": "archive:restore",
    "arxiv": "arxiv:arxiv",
    "toy": "toy:toy",
}
# Commands that pass further arguments to Snakemake, and commands that need no clone of the project.
PASSING_ON = ("run", "why", "forecast", "clean", "archive")
ANYWHERE = ("toy", "claims", "diff")
# Packages that a plain `pip install` leaves out.
OF_THE_WORKFLOW = ("snakemake", "snakemake_interface_common", "psutil")

# Options of the toy: name, default (the rebuttal's, but for the seeds), least value, help.
TOY: list[tuple[str, Any, int, str]] = [
    ("seeds", 10, 1, "teachers, each with students of its own"),
    ("dimensions", 100, 1, "dimensions of an input"),
    ("classes", 10, 2, "classes"),
    ("hidden", [256, 128, 64], 1, "widths of the hidden layers"),
    ("teacher-images", 5000, 2, "inputs of a teacher"),
    ("student-images", [500, 1000, 2000, 5000], 2, "inputs of students"),
    ("test-images", 1000, 2, "fresh inputs for testing"),
    ("epochs", 50, 1, "epochs of each training"),
    ("batch-size", 128, 2, "inputs in a step"),
    ("learning-rate", 0.001, 0, "of Adam"),
]


def _number(kind: type, least: int) -> Callable[[str], float]:
    """Parse an integer ≥ ``least``, or a finite float > ``least``."""

    def read(text: str) -> float:
        try:
            number: float = kind(text)
        except ValueError:
            number = math.nan
        good = number >= least if kind is int else least < number < math.inf
        if not good:
            expected = f"a whole number from {least} on" if kind is int else "a positive number"
            raise argparse.ArgumentTypeError(f"{text!r}: give {expected}")
        return number

    return read


def _path(text: str) -> Path:
    try:
        return Path(as_path(text))
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rethinking",
        description="Build the paper, say what is stale; look at, compare and share results.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, summary: str, more: str = "", usage: str | None = None) -> Any:
        description = f"{summary[0].upper()}{summary[1:]}. {more}"
        return commands.add_parser(name, help=summary, description=description, usage=usage)

    def add_with_targets(name: str, summary: str, own: str = "") -> Any:
        more = "Targets and options are Snakemake's (see snakemake --help): --config scale=smoke."
        usage = f"rethinking {name} [-h]{own} [TARGET ...] [OPTION ...]"
        return add(name, summary, more, usage)

    def add_with_config(name: str, summary: str, own: str) -> Any:
        more = "Options that choose a config are Snakemake's: --configfile more.yaml."
        return add(name, summary, more, f"rethinking {name} [-h]{own} [OPTION ...]")

    add_with_targets("run", "build the paper, going on after whatever ended the last run")
    add_with_targets("why", "what made each stale step stale")
    forecast = add_with_targets(
        "forecast", "how long a run will take, and how many GPU hours", " [--write-times FILE]"
    )
    forecast.add_argument(
        "--write-times",
        type=_path,
        metavar="FILE",
        help="write how long the results at hand took, in place of a forecast",
    )
    clean = add_with_config(
        "clean", "remove results that the config does not ask for any more", " [--yes]"
    )
    clean.add_argument("--yes", action="store_true", help="remove without asking")

    claims = add("claims", "the verdicts on the claims of both parents")
    claims.add_argument(
        "claims", nargs="*", metavar="NAME", help="claims to print in full (none: all, a row each)"
    )
    claims.add_argument("--scale", default="demo", help="which results (demo)")
    verify = add("verify", "compare results with the published ones")
    verify.add_argument("scale", nargs="?", default="demo", help="which results (demo)")
    diff = add("diff", "compare two results trees: verdicts, numbers, figures side by side")
    diff.add_argument("a", type=_path, metavar="A", help="results, as results/demo")
    diff.add_argument("b", type=_path, metavar="B", help="other results")
    diff.add_argument(
        "--output",
        type=_path,
        metavar="FILE",
        default=Path("results/diff.html"),
        help="page to write (%(default)s)",
    )

    archive = add_with_config(
        "archive",
        "pack results and the code that made them into one file, to deposit",
        " [--networks] [--output FILE]",
    )
    archive.add_argument("--networks", action="store_true", help="with weights and data sets")
    restore = add("restore", "put the results of an archive into this folder")
    restore.add_argument("source", metavar="ARCHIVE", help="a file, or its address")
    restore.add_argument("--sha256", dest="checksum", metavar="SUM", help="that it must have")
    arxiv = add("arxiv", "pack the paper's sources so that they compile on their own")
    arxiv.add_argument("scale", nargs="?", default="demo", help="whose paper (demo)")
    for command in (archive, arxiv):
        command.add_argument(
            "--output", type=_path, metavar="FILE", help="(one in results/, named after the scale)"
        )
    for command in (claims, verify, arxiv):
        command.add_argument(
            "--results-dir", type=_path, default="results", help="where they are (results)"
        )

    toy = add(
        "toy",
        "the rebuttal's quick start: a teacher on noise and its students, in half a minute",
        "Trains teachers on randomly labelled noise, and students on fresh noise that they label; "
        "ends with a table and a figure. It is no part of the paper.",
    )
    for option, default, least, help_text in TOY:
        many = isinstance(default, list)
        toy.add_argument(
            f"--{option}",
            type=_number(type(default[0] if many else default), least),
            nargs="+" if many else None,
            default=default,
            metavar="X" if isinstance(default, float) else "N",
            help=f"{help_text} (%(default)s)",
        )
    toy.add_argument(
        "--output", type=_path, default=Path("results/toy"), help="folder (%(default)s)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a mistake of the user ends with one line and exit code 1."""
    parser = _parser()
    given = sys.argv[1:] if arguments is None else arguments
    options, rest = parser.parse_known_args(given or ["--help"])
    if rest and options.command not in PASSING_ON:
        parser.error(f"unknown: {' '.join(rest)}")
    if options.command not in ANYWHERE and not Path("Snakefile").exists():
        sys.exit("error: there is no Snakefile here; go to the project's folder first")
    give_name()
    forget_looks()
    if options.command in PASSING_ON:
        give_caches_a_place()
    try:
        sys.exit(_command(options, rest))
    except InputError as error:
        sys.exit(f"error: {error}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in OF_THE_WORKFLOW:
            raise
        sys.exit(
            f"error: rethinking {options.command} needs {error.name}, which is not installed; "
            "make setup installs all in the project's folder, or pip install 'rethinking[workflow]'"
        )
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does: exit quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _command(options: argparse.Namespace, rest: list[str]) -> int:
    # Only this command's module is imported: Snakemake's API alone takes most of a second.
    module, _, name = COMMANDS[options.command].partition(":")
    function = getattr(importlib.import_module(f"rethinking.commands.{module}"), name)
    values = {**vars(options), "arguments": rest}
    if options.command == "toy":
        names = [option.replace("-", "_") for option, *_ in TOY]
        values["sizes"] = {name: values[name] for name in names}
    code: int = function(**{name: values[name] for name in inspect.signature(function).parameters})
    return code
