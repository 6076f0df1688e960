"""What the notebooks in ``notebooks/`` share."""

from pathlib import Path

from rethinking.errors import InputError


class NotBuiltError(InputError):
    """Results are missing that a notebook needs."""

    def _render_traceback_(self) -> list[str]:
        # What IPython shows in place of a traceback, which would hide the line.
        return [f"error: {self}"]


def results_of(scale: str, *needed: str, folder: Path = Path("../results")) -> Path:
    """The folder with the results of a scale.

    Args:
        scale: Its name.
        needed: Files below that folder which must be there.
        folder: That with the results of all scales.

    Raises:
        NotBuiltError: One of them is missing; the line says which, and which command builds it.
    """
    results = folder / scale
    for name in needed:
        if not (results / name).exists():
            raise NotBuiltError(
                f"{results / name} is missing; in the project's folder, "
                f"rethinking run --config scale={scale} builds it"
            )
    return results
