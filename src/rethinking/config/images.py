"""Check the config against the images that it names, as far as they are known beforehand."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from rethinking.code import constant_of
from rethinking.config.entries import Config
from rethinking.errors import InputError

# Options that say where the data lie, which changes nothing that is computed.
PLACES = {"path", "archives"}
IMAGE_FOLDER = "image_folder"


@cache
def fingerprint(key: str, place: Path, source: str) -> str:
    """Hash the names and sizes of the files that a data set is read from.

    Names and sizes, not bytes: those of 60,000 pictures take a second at each start of Snakemake.

    Args:
        key: The config key, for error messages.
        place: A file or folder; of the source ``image_folder`` a folder that holds
            ``train/<class>/*`` and ``test/<class>/*``.
        source: What reads it.

    Returns:
        16 hexadecimal digits.

    Raises:
        InputError: It is missing, or a folder of pictures has another layout.
    """
    if source != IMAGE_FOLDER:
        if not place.exists():
            raise InputError(f"config: {key}: {place} is not there; mend the path")
        files = [place] if place.is_file() else sorted(filter(Path.is_file, place.rglob("*")))
        return _digest(files, place.parent)
    files = []
    for split in ("train", "test"):
        remedy = "give a folder that holds train/<class>/* and test/<class>/*"
        if not (place / split).is_dir():
            raise InputError(f"config: {key}: {place / split} is not a folder; {remedy}")
        pictures = sorted(filter(Path.is_file, (place / split).rglob("*")))
        if not pictures:
            raise InputError(f"config: {key}: {place / split} holds no picture; {remedy}")
        files += pictures
    return _digest(files, place)


def _digest(files: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(root)} {path.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]


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
    """Channels, height and width of the images of a data set, where that is known beforehand."""
    if "path" not in dataset:
        shape: tuple[int, int, int] | None = constant_of(
            f"rethinking.data.sources.{dataset['source']}", "IMAGE_SHAPE"
        )
        return shape
    first = next(
        path for path in sorted(Path(dataset["path"], "train").rglob("*")) if path.is_file()
    )
    try:
        with Image.open(first) as picture:
            return len(picture.getbands()), picture.height, picture.width
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # the step that reads all pictures names it


def train_image_count(dataset: Config) -> int | None:
    """How many training images a data set has, where that is known beforehand."""
    if "train_images" in dataset:
        return int(dataset["train_images"])
    if "path" in dataset:
        return sum(path.is_file() for path in Path(dataset["path"], "train").rglob("*"))
    count: int | None = constant_of(f"rethinking.data.sources.{dataset['source']}", "TRAIN_IMAGES")
    return count
