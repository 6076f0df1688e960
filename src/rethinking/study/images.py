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
        source: What reads it.

    Raises:
        InputError: There are none, or what is there cannot be listed.
    """
    if source == IMAGE_FOLDER:
        return tuple(path for split in pictures_in(place) for path in split.paths)
    if not place.exists():
        raise InputError(f"{place} is not there; correct the path")
    return (str(place),) if place.is_file() else tuple(files_below(place))


def check_place(key: str, dataset: Config) -> None:
    """Refuse a ``path`` where there is not what the source reads; ``key`` is that of the path."""
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
    """What a data source says of the archives that it reads, by their names."""
    return constant_of(f"rethinking.data.sources.{source}", "ARCHIVES") or {}


def check_image_sizes(config: Config, scale: str) -> None:
    """Refuse crops and networks that are too large for the images, before anything runs."""
    sizes = config["scales"][scale]
    # Teachers and students see whole images.
    uses = [
        (experiment["dataset"], name, sizes["models"][name].get("crop"))
        for experiment in sizes["experiments"].values()
        for name in experiment["conditions"]
    ] + [
        (transfer["dataset"], name, None)
        for transfer in sizes.get("transfers", {}).values()
        for name in transfer["teachers"]
    ]
    for dataset, name, crop in uses:
        shape = image_shape(sizes["datasets"][dataset])
        if shape is not None:
            height, width = shape[1:]
            model = sizes["models"][name]
            key = f"scales.{scale}.models.{name}"
            side = crop or min(height, width)
            if side > min(height, width):
                raise InputError(
                    f"config: {key}.crop: {side} pixels a side cannot be cut out of images of "
                    f"{height}×{width}; lower it"
                )
            pools = (config["models"][name] | model.get("options", {})).get("pools", 0)
            if 2**pools > side:
                raise InputError(
                    f"config: {key}: {name} is too deep for images of {side} pixels a side: it "
                    f"halves them {pools} times, which takes {2**pools}; "
                    f"set options: {{pools: {side.bit_length() - 1}}}"
                )


def check_moves(config: Config, scale: str) -> None:
    """Refuse windows that may leave an image altogether."""
    sizes = config["scales"][scale]
    shift = sizes.get("regularizers", {}).get("random_crop", 0)
    for experiment in sizes["experiments"].values():
        shape = image_shape(sizes["datasets"][experiment["dataset"]])
        if shape is None:
            continue
        for model in experiment.get("regularizers", {}):
            side = sizes["models"][model].get("crop") or min(shape[1:])
            if shift >= side:
                raise InputError(
                    f"config: scales.{scale}.regularizers.random_crop: a window of {side} pixels "
                    f"a side that moves by {shift} may miss the image; lower it"
                )


def check_filters(config: Config, scale: str) -> None:
    """Refuse filters that are larger than the images."""
    sizes = config["scales"][scale]
    for name, construction in sizes.get("constructions", {}).items():
        shape = image_shape(sizes["datasets"][construction["dataset"]])
        for kernel, fields in construction.get("kernels", {}).items():
            side = fields.get("filter_side", 0)
            if shape is not None and side > min(shape[1:]):
                raise InputError(
                    f"config: scales.{scale}.constructions.{name}.kernels.{kernel}.filter_side: "
                    f"{side} pixels a side do not fit into images of {shape[1]}×{shape[2]}; lower "
                    "it"
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
