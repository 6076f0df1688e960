"""Check the config against the images of its data sets, as far as these are known beforehand."""

from functools import cache
from pathlib import Path
from typing import Any

from rethinking.data.pictures import content_hash, files_below, list_pictures, read_picture
from rethinking.errors import InputError
from rethinking.step.code import constant_of
from rethinking.study.entries import Config

IMAGE_FOLDER = "image_folder"

pictures_in = cache(list_pictures)


@cache
def files_of(place: Path, source: str) -> tuple[str, ...]:
    """List the files of a data set; raise InputError if there are none or they cannot be listed.

    The files of the source ``image_folder`` are its pictures; those of another source are all files
    in the folder ``place`` that are not hidden, or ``place`` itself.
    """
    if source == IMAGE_FOLDER:
        return tuple(path for split in pictures_in(place) for path in split.paths)
    if not place.exists():
        raise InputError(f"{place} is not there; correct the path")
    return (str(place),) if place.is_file() else tuple(files_below(place))


def check_place(key: str, dataset: Config) -> None:
    """Raise if a data set's ``path``, at ``key`` in the config, has no files for its source."""
    try:
        files_of(Path(dataset["path"]), dataset["source"])
    except InputError as error:
        raise InputError(f"config: {key}: {error}") from error


@cache
def fingerprint(place: Path, source: str) -> str:
    """Hash the names and contents of the files of a data set to 16 hexadecimal digits.

    Sizes and times do not suffice: a picture may be replaced by one with the same size and time.
    For 60,000 pictures of 1 kB this takes less than 2 s on one processor, with their listing.
    """
    return content_hash(files_of(place, source), place if place.is_dir() else place.parent)


def archives_of(source: str) -> dict[str, dict[str, Any]]:
    """The checksums and addresses of the archives of a data source, by the archives' names."""
    return constant_of(f"rethinking.data.sources.{source}", "ARCHIVES") or {}


def check_size(
    config: Config, scale: str, model: str, shape: tuple[int, int, int], crop: int | None
) -> None:
    """Raise if a crop or a network is too large for images of a shape (channels, height, width).

    The crop is the side of the network's view in pixels, or None for whole images.
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
    """Channels, height and width of the images of a data set; None if not known beforehand."""
    if dataset["source"] == IMAGE_FOLDER:
        train, _ = pictures_in(Path(dataset["path"]))
        picture, _ = read_picture(train.paths[0])
        return len(picture.getbands()), picture.height, picture.width
    shape: tuple[int, int, int] | None = constant_of(
        f"rethinking.data.sources.{dataset['source']}", "IMAGE_SHAPE"
    )
    return shape


def train_image_count(dataset: Config) -> int | None:
    """The number of training images of a data set; None if not known beforehand."""
    if "train_images" in dataset:
        return int(dataset["train_images"])
    if dataset["source"] == IMAGE_FOLDER:
        train, _ = pictures_in(Path(dataset["path"]))
        return len(train.paths)
    count: int | None = constant_of(f"rethinking.data.sources.{dataset['source']}", "TRAIN_IMAGES")
    return count
