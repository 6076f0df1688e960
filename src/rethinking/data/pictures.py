"""The pictures of an image folder: their list and order, their hash, and their content.

The checks before a run, the fingerprint of a data set and its loader share these functions.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile, ImageOps

from rethinking.errors import InputError

# The suffixes of torchvision.datasets.ImageFolder.
SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
LAYOUT = "give a folder that holds train/<class>/* and test/<class>/*"
# The errors of Pillow for pictures that it cannot or will not read.
PILLOW_ERRORS = (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError)
LARGEST_BYTE = 255
BLOCK_BYTES = 2**20
TRANSPARENCY, FRAMES = "transparency", "all frames but the first"


@dataclass(frozen=True)
class Split:
    """The pictures for training, or those for testing."""

    folder: Path  # it has a folder for each class
    classes: tuple[str, ...]  # the names of these folders, sorted
    paths: tuple[str, ...]  # the pictures, in the order of torchvision.datasets.ImageFolder
    labels: tuple[int, ...]  # the index of each picture's class
    hidden: tuple[str, ...]  # names with a dot in front, left out
    others: tuple[str, ...]  # files outside of classes or without a picture's suffix, left out


def list_pictures(folder: Path) -> tuple[Split, Split]:
    """List the training and the test pictures: ``train/<class>/*`` and ``test/<class>/*``.

    Links to files and folders are followed. It raises InputError if the layout is another one, a
    class is empty, the classes of ``train`` and ``test`` differ or are fewer than two, a name is
    not text, or a link leads nowhere or back.
    """
    train, test = (_split(folder / name) for name in ("train", "test"))
    if train.classes != test.classes:
        odd = sorted(set(train.classes) ^ set(test.classes))
        raise InputError(f"{folder}: train and test must hold the same classes; only one has {odd}")
    if len(train.classes) == 1:
        raise InputError(
            f"{folder}: {train.classes[0]} is the only class; give two or more, as train/<class>/*"
        )
    return train, test


def _split(folder: Path) -> Split:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; {LAYOUT}")
    try:
        with os.scandir(folder) as listed:
            top = sorted(listed, key=lambda entry: entry.name)
        classes = [entry for entry in top if not _is_hidden(entry) and entry.is_dir()]
        others = [entry for entry in top if entry not in classes]
        files = [list(_entries(entry.path, frozenset({_real(folder)}))) for entry in classes]
        left_out = [*others, *(e for entries in files for e in entries if not _is_picture(e))]
        for entry in left_out:
            _check_link(entry)
    except OSError as error:
        raise _unreadable(error) from error
    if not classes:
        raise InputError(f"{folder} holds no folder of pictures; {LAYOUT}")
    paths: list[str] = []
    labels: list[int] = []
    for label, (entry, entries) in enumerate(zip(classes, files, strict=True)):
        _check_text(entry.path)
        pictures = [e for e in entries if _is_picture(e)]
        for picture in pictures:
            _check_text(picture.path)
            _check_file(picture)
        if not pictures:
            raise InputError(
                f"{entry.path} holds no picture, by the suffixes {', '.join(SUFFIXES)}; "
                "fill the folder or remove it"
            )
        # The order of torchvision: folder by folder, and by name in each folder.
        pictures.sort(key=lambda entry: entry.path.rpartition(os.sep))
        paths += [e.path for e in pictures]
        labels += [label] * len(pictures)
    return Split(
        folder=folder,
        classes=tuple(entry.name for entry in classes),
        paths=tuple(paths),
        labels=tuple(labels),
        hidden=tuple(sorted(e.path for e in left_out if _is_hidden(e))),
        others=tuple(sorted(e.path for e in left_out if not _is_hidden(e))),
    )


def files_below(folder: Path) -> list[str]:
    """All files below a folder but hidden ones, sorted; links to files and folders are followed.

    A folder that cannot be read, or a link that leads nowhere or back, raises InputError.
    """
    try:
        entries = [entry for entry in _entries(str(folder)) if not _is_hidden(entry)]
        for entry in entries:
            _check_file(entry)
        return sorted(entry.path for entry in entries)
    except OSError as error:
        raise _unreadable(error) from error


def _entries(folder: str, above: frozenset[str] = frozenset()) -> Iterator[os.DirEntry[str]]:
    """All files below a folder, and hidden names, which are not entered.

    ``above`` has the real paths of the folders on the way to this one.
    """
    real = _real(folder)
    if real in above:
        raise InputError(f"{folder}: is a link to a folder that it lies in; remove it")
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _is_hidden(entry) and entry.is_dir():
                yield from _entries(entry.path, above | {real})
            else:
                yield entry


def _real(folder: str | Path) -> str:
    return os.path.realpath(folder)


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".")


def _is_picture(entry: os.DirEntry[str]) -> bool:
    return not _is_hidden(entry) and entry.name.lower().endswith(SUFFIXES)


def _check_link(entry: os.DirEntry[str]) -> None:
    # A broken link may have led to a picture or to a folder of pictures.
    if not _is_hidden(entry) and entry.is_symlink() and not Path(entry.path).exists():
        raise InputError(f"{printable(entry.path)}: is a link to nothing; replace or remove it")


def _check_file(entry: os.DirEntry[str]) -> None:
    _check_link(entry)
    if not entry.is_file():
        raise InputError(f"{printable(entry.path)}: is no file; replace or remove it")
    if not os.access(entry.path, os.R_OK):
        raise InputError(f"{printable(entry.path)}: Permission denied; make it readable")


def _check_text(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{printable(path)}: the name is not text in UTF-8; rename it") from error


def printable(path: str) -> str:
    """A path as text, even if its bytes are not UTF-8."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _unreadable(error: OSError) -> InputError:
    return InputError(f"{printable(str(error.filename))}: {error.strerror}; make it readable")


def content_hash(paths: Iterable[str], root: Path) -> str:
    """Hash the names, relative to ``root``, and contents of files to 16 hexadecimal digits."""
    digest = hashlib.sha256()
    try:
        for path in paths:
            content = hashlib.sha256()
            # Unbuffered reading: for small files, hashlib.file_digest takes four times as long.
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                while block := file.read(BLOCK_BYTES):
                    content.update(block)
            name = path.removeprefix(f"{root}{os.sep}")
            digest.update(os.fsencode(name) + b"\0" + content.digest())
    except OSError as error:
        raise _unreadable(error) from error
    return digest.hexdigest()[:16]


def read_picture(path: str) -> tuple[Image.Image, list[str]]:
    """Read a picture as RGB, upright by its EXIF data, and list what it lost.

    It may lose :data:`TRANSPARENCY` and :data:`FRAMES`. A picture that cannot be read, or with more
    than 8 bits in a channel, raises InputError.
    """
    try:
        with Image.open(path) as opened:
            if _is_deep(opened):
                raise InputError(f"{path}: has more than 8 bits a channel; convert it to 8")
            dropped = [FRAMES] if getattr(opened, "n_frames", 1) > 1 else []
            picture = ImageOps.exif_transpose(opened)
            if picture.has_transparency_data:
                alpha = picture.convert("RGBA").getchannel("A").histogram()
                dropped += [TRANSPARENCY] if any(alpha[:LARGEST_BYTE]) else []
            return picture.convert("RGB"), dropped
    except PILLOW_ERRORS as error:
        raise InputError(f"{path}: cannot be read as a picture; replace or remove it") from error


def _is_deep(picture: ImageFile.ImageFile) -> bool:
    """Whether a channel has more than 8 bits; in colour, Pillow drops the others silently."""
    if picture.mode.startswith(("I", "F")):
        return True
    for codec, _, _, args in picture.tile:
        mode, *numbers = args if isinstance(args, tuple) else (args,)
        if re.search(";16[BLN]", str(mode)):
            return True
        if codec.startswith("ppm") and any(largest > LARGEST_BYTE for largest in numbers):
            return True
    return False
