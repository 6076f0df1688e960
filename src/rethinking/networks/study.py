"""Which networks a config asks for, trained and measured how."""

from collections.abc import Mapping
from typing import Any

from rethinking.names.condition import SYNTHETIC, UNTRAINED, parse_condition
from rethinking.names.labels import INTERPOLANTS
from rethinking.names.recipe import NONE, base_of, recipe_name, regularizers_of
from rethinking.networks.check import check, check_images
from rethinking.networks.specs import ExamplesSpec, MeasureSpec, Setting, TablesSpec, TrainSpec
from rethinking.step.code import constant_of
from rethinking.study import specs
from rethinking.study.entries import Config
from rethinking.study.specs import seeds

__all__ = ["check", "check_images"]

TABLES = ("runs", "summary", "profiles", "planes", "curves", "examples")
# Measured by the step that trains, but for functions that are not trained.
IN_TRAINING = "accuracy"
# The model in the path of what was measured of reference functions.
REFERENCES = "references"


def names(config: Config, scale: str) -> list[str]:
    """The experiments of a scale, by name: in a config of several files, their order is chance."""
    return sorted(config["scales"][scale]["experiments"])


def settings(config: Config, scale: str, experiment: str) -> list[Setting]:
    """The settings of all networks that an experiment trains, in the order of the config."""
    entry = config["scales"][scale]["experiments"][experiment]
    return [
        Setting(entry["dataset"], condition, model, recipe_name(entry["recipe"], regularization))
        for model, conditions in entry["conditions"].items()
        for condition in conditions
        for regularization in entry.get("regularizers", {}).get(model, [NONE])
    ]


def measured_settings(config: Config, scale: str, experiment: str) -> list[Setting]:
    """The settings that an experiment measures, reference functions included, in order.

    Untrained networks are under the condition ``untrained``; interpolants are models.
    """
    entry = config["scales"][scale]["experiments"][experiment]
    references = entry.get("references", [])
    networks = settings(config, scale, experiment)
    if UNTRAINED in references:
        networks = [
            Setting(entry["dataset"], condition, model, entry["recipe"])
            for model, conditions in entry["conditions"].items()
            for condition in [UNTRAINED, *conditions]
        ]
    return networks + [
        Setting(entry["dataset"], condition, name, entry["recipe"])
        for name in references
        if name != UNTRAINED
        for condition in conditions(config, scale, experiment)
    ]


def conditions(config: Config, scale: str, experiment: str) -> list[str]:
    """The conditions of an experiment, those of any model, in the order of the config."""
    return list(dict.fromkeys(one.condition for one in settings(config, scale, experiment)))


def is_trained(setting: Setting) -> bool:
    """Whether a setting is that of trained networks."""
    return setting.condition != UNTRAINED and setting.model not in INTERPOLANTS


def reports_training(config: Config, scale: str, experiment: str) -> bool:
    """Whether an experiment reports how networks were trained; others look at the same networks."""
    return IN_TRAINING in config["scales"][scale]["experiments"][experiment]["measures"]


def tables_spec(config: Config, scale: str, experiment: str) -> TablesSpec:
    """What the tables of an experiment are made of.

    An experiment is about times if it reports training at a constant rate: where the rate is
    annealed, the schedule decides when a network interpolates.
    """
    entry = config["scales"][scale]["experiments"][experiment]
    measured = measured_settings(config, scale, experiment)
    used = {one.model: seeds(config, scale, one.model) for one in measured if is_trained(one)}
    most = max(used.values(), key=len)
    constant = config["recipes"][entry["recipe"]]["schedule"] == "constant"
    accuracies = reports_training(config, scale, experiment)
    return TablesSpec(
        settings=measured,
        seeds=used | {one.model: most for one in measured if one.model in INTERPOLANTS},
        accuracies=accuracies,
        times=constant and accuracies,
    )


def train_spec(config: Config, scale: str, setting: Setting, block: int) -> TrainSpec:
    """What determines a block of networks, but for code and versions."""
    return TrainSpec(
        specs.dataset_spec(config, scale, setting.dataset),
        setting.condition,
        specs.block_seeds(config, scale, setting.model, block),
        specs.model_spec(config, scale, setting.model, setting.recipe),
        specs.recipe_spec(config, scale, setting.model, setting.recipe),
        specs.compute(config, scale, setting.model),
    )


def measure_spec(
    config: Config, scale: str, measure: str, dataset: str, model: str, recipe: str, part: str
) -> MeasureSpec:
    """What determines a measurement, but for code and versions.

    Args:
        config: The merged config.
        scale: One of its scales.
        measure: The measure.
        dataset: The data set.
        model: The model, or :data:`REFERENCES`. Those see whole images, so that networks with
            different crops are compared with the same functions.
        recipe: The recipe.
        part: A condition, or ``all`` under which some experiment measures the model.
    """
    measured = _measured(config, scale, measure, dataset, recipe)
    of_references = model == REFERENCES
    of_model = [
        one for one in measured if one.model in (INTERPOLANTS if of_references else [model])
    ]
    found = list(dict.fromkeys(one.condition for one in of_model))
    networks = {one.model for one in measured} - set(INTERPOLANTS)
    used = [seeds(config, scale, one) for one in (networks if of_references else [model])]
    return MeasureSpec(
        dataset=specs.dataset_spec(config, scale, dataset),
        conditions=found if part == "all" else [part],
        # Of interpolants, all seeds of any network that they are compared with.
        seeds=max(used, key=len),
        measure=measure,
        options=specs.measure_options(config, scale, measure),
        recipe=recipe,
        scaling=config["recipes"][base_of(recipe)]["scaling"],
        crop=None if of_references else specs.crop(config, scale, model),
        model=None if of_references else specs.model_spec(config, scale, model, recipe),
        references=list(dict.fromkeys(one.model for one in of_model)) if of_references else [],
        compute=specs.compute(config, scale),
    )


def _measured(config: Config, scale: str, measure: str, dataset: str, recipe: str) -> list[Setting]:
    """The settings of a data set and a recipe that experiments with this measure measure."""
    return [
        setting
        for name in names(config, scale)
        if measure in config["scales"][scale]["experiments"][name]["measures"]
        for setting in measured_settings(config, scale, name)
        if (setting.dataset, setting.recipe) == (dataset, recipe)
        and not (measure == IN_TRAINING and is_trained(setting))
    ]


def measure_jobs(config: Config, scale: str, experiment: str) -> list[dict[str, str]]:
    """The jobs that measure for an experiment, by the wildcards of their files.

    ``part`` is a condition, or ``all`` of them where they are measured together; ``model`` may be
    :data:`REFERENCES`. What is measured in training has no job here.
    """
    entry = config["scales"][scale]["experiments"][experiment]
    jobs = [
        {
            "measure": measure,
            "dataset": setting.dataset,
            "model": REFERENCES if setting.model in INTERPOLANTS else setting.model,
            "recipe": setting.recipe,
            "part": setting.condition if _alone(config, scale, measure) else "all",
        }
        for setting in measured_settings(config, scale, experiment)
        for measure in entry["measures"]
        if not (measure == IN_TRAINING and is_trained(setting))
    ]
    return [job for place, job in enumerate(jobs) if job not in jobs[:place]]


def _alone(config: Config, scale: str, measure: str) -> bool:
    """Whether a measure is worth a job for each condition; others take less than a job's start."""
    entry = config["scales"][scale].get("measures", {}).get(measure, {})
    long = bool(constant_of(f"rethinking.measures.{measure}", "JOB_FOR_EACH_CONDITION"))
    return long and not entry.get("together", False)


def examples_spec(config: Config, scale: str, experiment: str) -> ExamplesSpec:
    """What determines the example images of an experiment."""
    return ExamplesSpec(conditions(config, scale, experiment))


def columns(entry: Config) -> Mapping[str, set[Any]]:
    """The values that an experiment puts into columns of its tables, and that claims may name."""
    references = set(entry.get("references", []))
    under = {one for listed in entry["conditions"].values() for one in listed}
    regularizations = entry.get("regularizers", {}).values()
    levels = {parse_condition(condition).label_noise for condition in under}
    return {
        "model": {*entry["conditions"], *(references - {UNTRAINED})},
        "regularization": {NONE, *(one for listed in regularizations for one in listed)},
        "condition": under | (references & {UNTRAINED}),
        "label_noise": levels - {None},
    }


def facts(config: Config, scale: str) -> dict[str, Any]:
    """The settings that the paper may print.

    Returns:
        By key ``models/<model>/<key>``, ``models/<model>/<recipe>/<key>``,
        ``measures/<measure>/<key>``, ``regularizers/<name>`` (of those in use) and
        ``<experiment>/recipe/<key>``; and 1 for each ``conditions/<corruption>`` in use, and for
        ``conditions/synthetic`` if there is one with synthetic images.
    """
    sizes = config["scales"][scale]
    found: dict[str, Any] = {}
    for name, model in sizes["models"].items():
        options = specs.model_spec(config, scale, name).options
        given = {k: v for k, v in model.items() if k not in ("options", "recipes")} | {**options}
        found |= {f"models/{name}/{key}": value for key, value in given.items()}
        for recipe, trained in model["recipes"].items():
            found |= {f"models/{name}/{recipe}/{key}": value for key, value in trained.items()}
    for experiment in names(config, scale):
        recipe = config["recipes"][sizes["experiments"][experiment]["recipe"]]
        for key, value in recipe.items():
            if value is not None:
                found[f"{experiment}/recipe/{key}"] = value
        for setting in settings(config, scale, experiment):
            corruption = parse_condition(setting.condition).corruption
            found[f"conditions/{corruption}"] = 1
            if corruption in SYNTHETIC:
                found["conditions/synthetic"] = 1
            for name in regularizers_of(setting.recipe):
                found[f"regularizers/{name}"] = sizes["regularizers"][name]
    for measure in sizes.get("measures", {}):
        options = specs.measure_options(config, scale, measure)
        found |= {f"measures/{measure}/{key}": value for key, value in options.items()}
    return found
