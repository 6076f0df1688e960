"""Check the experiments of a scale in which networks are trained on one data set."""

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


def check_experiment(config: Config, scale: str, key: str, experiment: Config) -> None:
    """Refuse an experiment that names what there is not, or cannot be compared as it asks for.

    Args:
        config: The merged config.
        scale: Which of its scales.
        key: Of the experiment, for error messages.
        experiment: Its entry.

    Raises:
        InputError: The first mistake in it.
    """
    sizes = config["scales"][scale]
    datasets = f"scales.{scale}.datasets"
    check_name(f"{key}.dataset", experiment["dataset"], sizes["datasets"], datasets)
    check_name(f"{key}.recipe", experiment["recipe"], config["recipes"], "recipes")
    given = sizes.get("measures", {})
    for measure in experiment["measures"]:
        check_plugin(f"{key}.measures", "measures", "measure", measure)
        where = f"scales.{scale}.measures.{measure}"
        entry = given.get(measure, {})
        check_options(where, "measures", measure, "measure", entry, MEASURE_KEYS)
    for model, conditions in experiment["conditions"].items():
        models = f"scales.{scale}.models"
        check_name(f"{key}.conditions", model, sizes["models"], models)
        recipes = sizes["models"][model]["recipes"]
        check_name(f"{key}.recipe", experiment["recipe"], recipes, f"{models}.{model}.recipes")
        for condition in conditions:
            check_condition(f"{key}.conditions.{model}", condition)
    _check_regularizers(config, scale, key, experiment)


def _check_regularizers(config: Config, scale: str, key: str, experiment: Config) -> None:
    sizes = config["scales"][scale]
    asked = experiment.get("regularizers", {})
    if asked and experiment.get("references"):
        raise InputError(
            f"config: {key}.references: they have no regularisation; leave them out, or hold them "
            "against networks in an experiment without regularizers"
        )
    recipe = config["recipes"][experiment["recipe"]]
    if asked and (recipe["stop_at_train_accuracy"] is not None or recipe["weight_decay"] > 0):
        raise InputError(
            f"config: {key}.recipe: {experiment['recipe']} stops early or has weight decay of its "
            "own; choose one with stop_at_train_accuracy: null and weight_decay: 0.0"
        )
    if bool(asked) and key.endswith((".randomization", ".corruption")):
        raise InputError(
            f"config: {key}.regularizers: this experiment reports networks without; put them into "
            "an experiment regularization"
        )
    if not asked and key.endswith(".regularization"):
        raise InputError(f"config: {key}: 'regularizers' is missing; add it")
    strengths = sizes.get("regularizers", {})
    for model, regularizations in asked.items():
        where = f"{key}.regularizers.{model}"
        check_name(where, model, experiment["conditions"], f"{key}.conditions")
        entry = config["models"][model]
        module = entry["module"]
        options, _ = options_of(f"rethinking.models.{module}", "build")
        if (entry | sizes["models"][model].get("options", {})).get("dropout"):
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
