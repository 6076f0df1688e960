"""The command ``rethinking``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rethinking.errors import InputError

PASSED_ON = "What follows goes to Snakemake (see snakemake --help)"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a mistake of the user's ends with one line and exit code 1."""
    parser = argparse.ArgumentParser(prog="rethinking", description="Around the workflow.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, told, passes_on in (
        (
            "run",
            "build the paper, going on after whatever ended the last run",
            f"{PASSED_ON}: targets and options, as --config scale=smoke.",
        ),
        (
            "why",
            "what made each stale step stale",
            f"{PASSED_ON}: targets and options, as --config scale=smoke.",
        ),
        (
            "clean",
            "remove results that the config does not ask for any more",
            f"{PASSED_ON}: options that choose a config, as --configfile more.yaml.",
        ),
        ("verify", "compare results with the published ones", ""),
    ):
        described = f"{told[0].upper()}{told[1:]}. {passes_on}"
        command = commands.add_parser(name, help=told, description=described)
        if name == "clean":
            command.add_argument("--yes", action="store_true", help="remove without asking")
        if name == "verify":
            command.add_argument("scale", nargs="?", default="demo", help="which results (demo)")
            command.add_argument(
                "--results-dir", default="results", help="where they are (results)"
            )
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command == "verify":
        parser.error(f"unknown: {' '.join(rest)}")
    if not Path("Snakefile").exists():
        sys.exit("error: there is no Snakefile here; go to the project's folder first")
    try:
        sys.exit(_command(options, rest))
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _command(options: argparse.Namespace, rest: list[str]) -> int:
    # Loaded when asked for: Snakemake's API alone takes most of a second.
    match options.command:
        case "run":
            from rethinking.commands.run import run

            return run(rest)
        case "why":
            from rethinking.commands.why import why

            why(rest)
        case "clean":
            from rethinking.commands.clean import clean

            return clean(rest, asks=not options.yes)
        case "verify":
            from rethinking.commands.verify import verify

            return verify(options.scale, options.results_dir)
    return 0
