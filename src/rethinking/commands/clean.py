"""Remove results that the config no longer needs."""

from collections.abc import Sequence
from pathlib import Path

from rethinking.commands.alone import alone
from rethinking.commands.plan import plan
from rethinking.files import digest


@alone()
def clean(arguments: Sequence[str], yes: bool) -> int:
    """List the files of the config's scale that the config does not need; then remove them.

    Args:
        arguments: Options of Snakemake, such as ``--configfile``.
        yes: Whether to remove without asking.

    Returns:
        0 if no such file is left, else 1.
    """
    planned = plan(arguments, takes_targets=False)
    folder = Path(planned.config["results_dir"], planned.config["scale"])
    needed = {path for step in planned.steps for path in [*step.outputs, *step.logs]}
    states = {digest(step.spec)[:16] for step in planned.steps}
    unwanted = unwanted_in(folder, needed, states)
    if not unwanted:
        print(f"{folder}: nothing to remove")
        return 0
    for path in unwanted:
        print(path)
    size = sum(path.lstat().st_size for path in unwanted) / 1e6
    print(f"{len(unwanted)} files, {size:.1f} MB, that the config does not ask for")
    if not yes and not _agreed():
        print("Nothing was removed.")
        return 1
    for path in unwanted:
        path.unlink()
        for parent in path.parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
    return 0


def _agreed() -> bool:
    try:
        return input("Remove them? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:  # nobody is there to answer
        return False


def unwanted_in(folder: Path, needed: set[Path], states: set[str]) -> list[Path]:
    """The files below a folder that no step needs, sorted.

    Args:
        folder: The results of a scale.
        needed: The needed files. Hidden files beside them are kept too: leases and unfinished
            files.
        states: The names of the needed folders below ``.resume``.
    """
    folders = {path.parent for path in needed}

    def is_needed(path: Path) -> bool:
        parts = path.relative_to(folder).parts
        if parts[0] == ".resume":
            return parts[1] in states
        return path in needed or (path.name.startswith(".") and path.parent in folders)

    # A link to a folder is kept as well: somebody put it there on purpose.
    return [path for path in sorted(folder.rglob("*")) if not path.is_dir() and not is_needed(path)]
