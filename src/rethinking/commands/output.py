"""The folders to which commands write."""

import tempfile
from pathlib import Path

from rethinking.errors import InputError


def make_writable(folder: Path) -> None:
    """Make the folder of the option ``--output``, if it is missing.

    Raises:
        InputError: The folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"--output: {folder}: {error.strerror}; choose another folder") from error
