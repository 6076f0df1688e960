"""Check the config against the images that it names, as far as they are known beforehand."""

from functools import cache
from pathlib import Path
from typing import Any

from rethinking.data.pictures import (
    Split,
    content_hash,
    files_below,
    list_pictures,
    read_picture,
)
from rethinking.errors import InputError
from rethinking.step.code import constant_of
from rethinking.study.entries import Config

IMAGE_FOLDER = "image_folder"


@cache
def pictures_in(folder: Path) -> tuple[Split, Split]:
    """List the pictures of an image folder, once (:func:`list_pictures`)."""
    return list_pictures(folder)


@cache
def files_of(place: Path, source: str) -> tuple[str, ...]:
    """List the files that a data set is read from.

    Args:
        place: A file or folder. Of the source ``image_folder`` its pictures count, of others all
            files but hidden ones.
        source: The module that reads it.

    Raises:
        InputError: There are none, or what is there cannot be listed.
    """
    if source == IMAGE_FOLDER:
        return tuple(path for split in pictures_in(place) for path in split.paths)
    if not place.exists():
        raise InputError(f"{place} is not there; correct the path")
    return (str(place),) if place.is_file() else tuple(files_below(place))


def check_place(key: str, dataset: Config) -> None:
    """Refuse a ``path`` without the files that the source reads; ``key`` is that of the path."""
    try:
        files_of(Path(dataset["path"]), dataset["source"])
    except InputError as error:
        raise InputError(f"config: {key}: {error}") from error


@cache
def fingerprint(place: Path, source: str) -> str:
    """Hash the names and contents of the files that a data set is read from (:func:`files_of`).

    Contents, as a picture may be replaced by one of the same size and time: 60,000 of 1 kB take
    less than 2 s of a processor, listing them included.

    Returns:
        16 hexadecimal digits.

    Raises:
        InputError: There are none, or one cannot be read.
    """
    return content_hash(files_of(place, source), place if place.is_dir() else place.parent)


def archives_of(source: str) -> dict[str, dict[str, Any]]:
    """The checksums and addresses of the archives that a data source reads, by their names."""
    return constant_of(f"rethinking.data.sources.{source}", "ARCHIVES") or {}


def check_size(
    config: Config, scale: str, model: str, shape: tuple[int, int, int], crop: int | None
) -> None:
    """Refuse a crop or a network that is too large for the images.

    Args:
        config: The merged config.
        scale: One of its scales.
        model: The network.
        shape: Channels, height and width of the images.
        crop: Pixels a side of what it sees; None for whole images.

    Raises:
        InputError: The crop does not fit, or the network halves the images too often.
    """
    height, width = shape[1:]
    sizes, key = config["scales"][scale]["models"][model], f"scales.{scale}.models.{model}"
    side = crop or min(height, width)
    if side > min(height, width):
        raise InputError(
            f"config: {key}.crop: {side} pixels a side cannot be cut out of images of "
            f"{height}×{width}; lower it"
        )
    pools = (config["models"][model] | sizes.get("options", {})).get("pools", 0)
    if 2**pools > side:
        raise InputError(
            f"config: {key}: {model} is too deep for images of {side} pixels a side: it "
            f"halves them {pools} times, which takes {2**pools}; "
            f"set options: {{pools: {side.bit_length() - 1}}}"
        )


def image_shape(dataset: Config) -> tuple[int, int, int] | None:
    """Channels, height and width of the images of a data set, where that is known beforehand.

    Raises:
        InputError: The first picture of a folder cannot be read.
    """
    if dataset["source"] == IMAGE_FOLDER:
        train, _ = pictures_in(Path(dataset["path"]))
        picture, _ = read_picture(train.paths[0])
        return len(picture.getbands()), picture.height, picture.width
    shape: tuple[int, int, int] | None = constant_of(
        f"rethinking.data.sources.{dataset['source']}", "IMAGE_SHAPE"
    )
    return shape


def train_image_count(dataset: Config) -> int | None:
    """How many training images a data set has, where that is known beforehand."""
    if "train_images" in dataset:
        return int(dataset["train_images"])
    if dataset["source"] == IMAGE_FOLDER:
        train, _ = pictures_in(Path(dataset["path"]))
        return len(train.paths)
    count: int | None = constant_of(f"rethinking.data.sources.{dataset['source']}", "TRAIN_IMAGES")
    return count
