"""Remove results that the config no longer asks for."""

from collections.abc import Sequence
from pathlib import Path

from rethinking.commands.alone import alone
from rethinking.commands.plan import plan
from rethinking.files import digest


def clean(arguments: Sequence[str], yes: bool) -> int:
    """List the files of the config's scale that it does not ask for; then remove them.

    Args:
        arguments: Options of Snakemake's, as ``--configfile``.
        yes: Whether to remove without asking.

    Returns:
        0 if all of it is gone, else 1.
    """
    with alone():
        return _clean(arguments, yes)


def _clean(arguments: Sequence[str], yes: bool) -> int:
    planned = plan(arguments, takes_targets=False)
    folder = Path(planned.config["results_dir"], planned.config["scale"])
    wanted = {path for step in planned.steps for path in [*step.outputs, *step.logs]}
    states = {digest(step.spec)[:16] for step in planned.steps}
    unwanted = unwanted_in(folder, wanted, states)
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


def unwanted_in(folder: Path, wanted: set[Path], states: set[str]) -> list[Path]:
    """The files below a folder that nothing asks for, sorted.

    Args:
        folder: The results of a scale.
        wanted: The files that are asked for. Hidden ones beside them stay too: they are leases, or
            under way.
        states: The names of the folders below ``.resume`` that are asked for.
    """
    folders = {path.parent for path in wanted}
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir():  # a link to one as well: somebody put it there on purpose
            continue
        inside = path.relative_to(folder).parts
        kept = (
            inside[1] in states
            if inside[0] == ".resume"
            else path in wanted or (path.name.startswith(".") and path.parent in folders)
        )
        if not kept:
            found.append(path)
    return found
