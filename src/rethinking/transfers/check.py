"""Check the transfers of a scale: teachers, and students that they label images for."""

import math

from rethinking.errors import InputError
from rethinking.names.condition import KINDS, REAL
from rethinking.study.entries import MEASURE_KEYS, Config, check_name, check_options


def check_transfer(config: Config, scale: str, key: str, transfer: Config) -> None:
    """Refuse a transfer that names what there is not, or whose students cannot be compared.

    Args:
        config: The merged config.
        scale: Which of its scales.
        key: Of the transfer, for error messages.
        transfer: Its entry.

    Raises:
        InputError: The first mistake in it.
    """
    sizes = config["scales"][scale]
    datasets, models = f"scales.{scale}.datasets", f"scales.{scale}.models"
    check_name(f"{key}.dataset", transfer["dataset"], sizes["datasets"], datasets)
    for whose, name in transfer["recipes"].items():
        check_name(f"{key}.recipes.{whose}", name, config["recipes"], "recipes")
        recipe = config["recipes"][name]
        if recipe["scaling"] != "per_dataset":
            raise InputError(
                f"config: {key}.recipes.{whose}: {name} scales each image by itself, so that one "
                "changed pixel changes all of them; choose a recipe with scaling: per_dataset"
            )
    student = config["recipes"][transfer["recipes"]["student"]]
    if "epoch_steps" not in student or student["stop_at_train_accuracy"] is not None:
        raise InputError(
            f"config: {key}.recipes.student: all students take equally many steps; choose a recipe "
            "with epoch_steps and with stop_at_train_accuracy: null"
        )
    if transfer["smoothness"]:
        measures = f"scales.{scale}.measures.smoothness"
        options = sizes.get("measures", {}).get("smoothness", {})
        check_options(measures, "measures", "smoothness", "measure", options, MEASURE_KEYS)
    available = sizes["datasets"][transfer["dataset"]].get("train_images", math.inf)
    for model, groups in transfer["teachers"].items():
        check_name(f"{key}.teachers", model, sizes["models"], models)
        for name in transfer["recipes"].values():
            recipes = sizes["models"][model]["recipes"]
            check_name(f"{key}.recipes", name, recipes, f"{models}.{model}.recipes")
        for kind, group in groups.items():
            where = f"{key}.teachers.{model}.{kind}"
            for one in (kind, *group["students"]):
                check_name(where, one, KINDS, "the kinds of images")
                if (one == REAL) != (kind == REAL):
                    raise InputError(
                        f"config: {where}: students of teachers on real images get real images, "
                        f"and others none; write students: {{{kind}: …}}"
                    )
            wanted = max(group["images"]) + max(map(max, group["students"].values()))
            if kind == REAL and wanted > available:
                raise InputError(
                    f"config: {where}: {wanted} images are asked for a teacher and its students "
                    f"together, of {available} (train_images); ask for fewer"
                )
