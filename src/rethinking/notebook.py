"""Code that the notebooks in ``notebooks/`` share."""

from pathlib import Path

from rethinking.errors import InputError


class NotBuiltError(InputError):
    """Results that a notebook needs are missing."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of a traceback, which would hide the message.
        return [f"error: {self}"]


def results_of(scale: str, *needed: str, folder: Path = Path("../results")) -> Path:
    """The folder with the results of a scale.

    Args:
        scale: The name of the scale.
        needed: Files below the folder that must exist.
        folder: The folder with the results of all scales.

    Raises:
        NotBuiltError: A file is missing; the message names it and the command that builds it.
    """
    results = folder / scale
    for name in needed:
        if not (results / name).exists():
            raise NotBuiltError(
                f"{results / name} is missing; in the project's folder, "
                f"rethinking run --config scale={scale} builds it"
            )
    return results
