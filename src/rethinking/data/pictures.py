"""Which pictures of an image folder are read, in which order, and what is read of each.

The checks before a run, the fingerprint of a data set and the loader all ask here.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile, ImageOps

from rethinking.errors import InputError

# Those of torchvision.datasets.ImageFolder.
SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
LAYOUT = "give a folder that holds train/<class>/* and test/<class>/*"
# What Pillow raises at pictures that it cannot or will not read.
PILLOW_ERRORS = (OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError)
LARGEST_BYTE = 255
BLOCK_BYTES = 2**20
TRANSPARENCY, FRAMES = "transparency", "all frames but the first"


@dataclass(frozen=True)
class Split:
    """The pictures to train on, or those to test on.

    Attributes:
        folder: Holds a folder for each class.
        classes: Names of these folders, sorted.
        paths: The pictures, in the order of ``torchvision.datasets.ImageFolder``.
        labels: For each picture, the index of its class.
        hidden: Files and folders whose names begin with a dot; they are left out.
        others: Files that lie in no class or have no suffix of a picture; they are left out.
    """

    folder: Path
    classes: tuple[str, ...]
    paths: tuple[str, ...]
    labels: tuple[int, ...]
    hidden: tuple[str, ...]
    others: tuple[str, ...]


def list_pictures(folder: Path) -> tuple[Split, Split]:
    """List the pictures of an image folder: ``train/<class>/*`` and ``test/<class>/*``.

    Links to files and folders are followed.

    Args:
        folder: Holds ``train`` and ``test``.

    Returns:
        The training and the test pictures.

    Raises:
        InputError: The layout is another, a class is empty, ``train`` and ``test`` differ in their
            classes, there are fewer than two, a name is not text, a link leads nowhere or back.
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
        apart = [entry for entry in top if entry not in classes]
        found = [list(_entries(entry.path, frozenset({_real(folder)}))) for entry in classes]
        left_out = [*apart, *(e for entries in found for e in entries if not _is_picture(e))]
        for entry in left_out:
            _check_link(entry)
    except OSError as error:
        raise _unreadable(error) from error
    if not classes:
        raise InputError(f"{folder} holds no folder of pictures; {LAYOUT}")
    paths: list[str] = []
    labels: list[int] = []
    for label, (entry, entries) in enumerate(zip(classes, found, strict=True)):
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
        # As torchvision does: folder by folder, and the names in each.
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

    Raises:
        InputError: The folder cannot be read, or a link leads nowhere or back.
    """
    try:
        entries = [entry for entry in _entries(str(folder)) if not _is_hidden(entry)]
        for entry in entries:
            _check_file(entry)
        return sorted(entry.path for entry in entries)
    except OSError as error:
        raise _unreadable(error) from error


def _entries(folder: str, above: frozenset[str] = frozenset()) -> Iterator[os.DirEntry[str]]:
    """All files below a folder, and hidden names, which are not looked into.

    Args:
        folder: Where to look.
        above: The folders on the way there, without links.
    """
    here = _real(folder)
    if here in above:
        raise InputError(f"{folder}: is a link to a folder that it lies in; remove it")
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _is_hidden(entry) and entry.is_dir():
                yield from _entries(entry.path, above | {here})
            else:
                yield entry


def _real(folder: str | Path) -> str:
    return os.path.realpath(folder)


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".")


def _is_picture(entry: os.DirEntry[str]) -> bool:
    return not _is_hidden(entry) and entry.name.lower().endswith(SUFFIXES)


def _check_link(entry: os.DirEntry[str]) -> None:
    # It may have led to a picture or to a folder of them.
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
    """A path as text, whatever its bytes are."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _unreadable(error: OSError) -> InputError:
    return InputError(f"{printable(str(error.filename))}: {error.strerror}; make it readable")


def content_hash(paths: Iterable[str], root: Path) -> str:
    """Hash the names and contents of files, whatever their time stamps and the place of ``root``.

    Args:
        paths: The files, in order.
        root: The folder that their names are relative to.

    Returns:
        16 hexadecimal digits.

    Raises:
        InputError: A file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for path in paths:
            content = hashlib.sha256()
            # Unbuffered: for small files, hashlib.file_digest takes four times as long.
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                while block := file.read(BLOCK_BYTES):
                    content.update(block)
            name = path.removeprefix(f"{root}{os.sep}")
            digest.update(os.fsencode(name) + b"\0" + content.digest())
    except OSError as error:
        raise _unreadable(error) from error
    return digest.hexdigest()[:16]


def read_picture(path: str) -> tuple[Image.Image, list[str]]:
    """Read a picture as RGB, upright as its EXIF data say.

    Returns:
        The picture, and what it had beside: :data:`TRANSPARENCY`, :data:`FRAMES`.

    Raises:
        InputError: It cannot be read, or has more than 8 bits a channel.
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
    """Whether a channel has more than 8 bits; in colour, Pillow drops the others in silence."""
    if picture.mode.startswith(("I", "F")):
        return True
    for codec, _, _, args in picture.tile:
        mode, *numbers = args if isinstance(args, tuple) else (args,)
        if re.search(";16[BLN]", str(mode)):
            return True
        if codec.startswith("ppm") and any(largest > LARGEST_BYTE for largest in numbers):
            return True
    return False
