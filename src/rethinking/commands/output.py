"""Where commands write what they found."""

import tempfile
from pathlib import Path

from rethinking.errors import InputError


def make_writable(folder: Path) -> None:
    """Make a folder that the option ``--output`` names, where it is not there.

    Raises:
        InputError: It cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"--output: {folder}: {error.strerror}; choose another folder") from error
