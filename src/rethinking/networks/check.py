"""Checks of the experiments of a scale that train networks on one data set."""

from rethinking.errors import InputError
from rethinking.names.recipe import NONE
from rethinking.step.code import options_of
from rethinking.study.entries import (
    MEASURE_KEYS,
    Config,
    check_condition,
    check_name,
    check_options,
    check_plugin,
)
from rethinking.study.images import check_size, image_shape
from rethinking.study.specs import crop


def check(config: Config, scale: str, key: str, entry: Config) -> None:
    """Raise if an experiment names something undefined, or its results could not be compared."""
    sizes = config["scales"][scale]
    check_name(f"{key}.dataset", entry["dataset"], sizes["datasets"], f"scales.{scale}.datasets")
    check_name(f"{key}.recipe", entry["recipe"], config["recipes"], "recipes")
    for measure in entry["measures"]:
        check_plugin(f"{key}.measures", "measures", "measure", measure)
        where = f"scales.{scale}.measures.{measure}"
        options = sizes.get("measures", {}).get(measure, {})
        check_options(where, "measures", measure, "measure", options, MEASURE_KEYS)
    models = f"scales.{scale}.models"
    for model, conditions in entry["conditions"].items():
        check_name(f"{key}.conditions", model, sizes["models"], models)
        recipes = sizes["models"][model]["recipes"]
        check_name(f"{key}.recipe", entry["recipe"], recipes, f"{models}.{model}.recipes")
        for condition in conditions:
            check_condition(f"{key}.conditions.{model}", condition)
    if "regularizers" in entry:
        _check_regularizers(config, scale, key, entry)


def check_images(config: Config, scale: str, key: str, entry: Config) -> None:  # noqa: ARG001
    """Raise if crops or networks are too large for the images, or moved windows may miss them."""
    sizes = config["scales"][scale]
    shape = image_shape(sizes["datasets"][entry["dataset"]])
    if shape is None:
        return
    for model in entry["conditions"]:
        check_size(config, scale, model, shape, crop(config, scale, model))
    shift = sizes.get("regularizers", {}).get("random_crop", 0)
    for model in entry.get("regularizers", {}):
        side = crop(config, scale, model) or min(shape[1:])
        if shift >= side:
            raise InputError(
                f"config: scales.{scale}.regularizers.random_crop: a window of {side} pixels "
                f"a side that moves by {shift} may miss the image; lower it"
            )


def _check_regularizers(config: Config, scale: str, key: str, entry: Config) -> None:
    sizes = config["scales"][scale]
    if entry.get("references"):
        raise InputError(
            f"config: {key}.references: they have no regularisation; leave them out, or compare "
            "them with networks in an experiment without regularizers"
        )
    recipe = config["recipes"][entry["recipe"]]
    if recipe["stop_at_train_accuracy"] is not None or recipe["weight_decay"] > 0:
        raise InputError(
            f"config: {key}.recipe: {entry['recipe']} stops early or has weight decay of its "
            "own; choose one with stop_at_train_accuracy: null and weight_decay: 0.0"
        )
    strengths = sizes.get("regularizers", {})
    for model, regularizations in entry["regularizers"].items():
        where = f"{key}.regularizers.{model}"
        check_name(where, model, entry["conditions"], f"{key}.conditions")
        definition = config["models"][model]
        module = definition["module"]
        options, _ = options_of(f"rethinking.models.{module}", "build")
        if (definition | sizes["models"][model].get("options", {})).get("dropout"):
            raise InputError(
                f"config: {where}: {model} has dropout already; leave that to the regularizers"
            )
        if regularizations == [NONE]:
            raise InputError(f"config: {where}: nothing to compare {NONE} with; add regularizers")
        for regularization in regularizations:
            names = [] if regularization == NONE else regularization.split("-")
            for name in names:
                check_name(where, name, strengths, f"scales.{scale}.regularizers")
            if names != sorted(set(names)):
                ordered = "-".join(sorted(set(names)))
                raise InputError(f"config: {where}: write {regularization} as {ordered}")
            if "dropout" in names and "dropout" not in options:
                raise InputError(
                    f"config: {where}: {module} has no dropout; leave it out, or give the build of "
                    f"src/rethinking/models/{module}.py an option dropout"
                )
            if NONE not in regularizations:
                raise InputError(
                    f"config: {where}: nothing to compare {regularization} with; add {NONE}"
                )
