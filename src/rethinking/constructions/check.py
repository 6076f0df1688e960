"""Check the constructions of a scale: functions that fit labels without training."""

import math

from rethinking.errors import InputError
from rethinking.study.entries import (
    CONSTRUCTION_KEYS,
    Config,
    check_condition,
    check_name,
    check_options,
    check_plugin,
)

# The constructions that the paper has sections about.
CONSTRUCTION_MODULES = ("expressivity", "implicit")


def check_construction(config: Config, scale: str, key: str, construction: Config) -> None:
    """Refuse a construction that names what there is not, or asks for more than there is.

    Args:
        config: The merged config.
        scale: Which of its scales.
        key: Of the construction, for error messages.
        construction: Its entry.

    Raises:
        InputError: The first mistake in it.
    """
    sizes = config["scales"][scale]
    module = construction["module"]
    check_plugin(f"{key}.module", "constructions", "construct", module)
    check_options(key, "constructions", module, "construct", construction, CONSTRUCTION_KEYS)
    datasets = f"scales.{scale}.datasets"
    check_name(f"{key}.dataset", construction["dataset"], sizes["datasets"], datasets)
    for condition in construction["conditions"]:
        check_condition(f"{key}.conditions", condition)
    expected = key.rpartition(".")[2].partition("_")[0]
    if expected in CONSTRUCTION_MODULES and module != expected:
        raise InputError(
            f"config: {key}: the paper reports {expected} under this name; choose another"
        )
    available = sizes["datasets"][construction["dataset"]].get("train_images", math.inf)
    if max(construction["images"]) > available:
        raise InputError(
            f"config: {key}.images: {max(construction['images'])} are asked for, of "
            f"{available} (train_images); ask for fewer"
        )
    if max(construction.get("depths", [0])) > min(construction["images"]):
        raise InputError(
            f"config: {key}.depths: {max(construction['depths'])} hidden layers for "
            f"{min(construction['images'])} images; give from 1 to as many"
        )
    for kernel, fields in construction.get("kernels", {}).items():
        _check_kernel(f"{key}.kernels.{kernel}", fields)


def _check_kernel(key: str, fields: Config) -> None:
    given = set(fields) - {"representation", "kernel"}
    needed = {"gamma"} if fields["kernel"] == "gaussian" else set()
    if fields["representation"] == "convolutional":
        needed |= {"filters", "filter_side"}
    if given != needed:
        wanted = " and ".join(sorted(needed)) or "nothing else"
        raise InputError(
            f"config: {key}: a {fields['kernel']} kernel of {fields['representation']} takes "
            f"{wanted}; give just that"
        )
