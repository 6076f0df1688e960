"""The networks of a config: how they are trained and measured."""

from collections.abc import Mapping
from typing import Any

from rethinking.names.condition import (
    SYNTHETIC,
    UNTRAINED,
    data_condition,
    parse_condition,
)
from rethinking.names.labels import INTERPOLANTS
from rethinking.names.recipe import NONE, base_of, recipe_name, regularizers_of
from rethinking.networks.check import check, check_images
from rethinking.networks.specs import (
    EXAMPLE_SEED,
    ExamplesSpec,
    MeasureSpec,
    Setting,
    TablesSpec,
    TrainSpec,
)
from rethinking.step.code import constant_of
from rethinking.study import specs
from rethinking.study.entries import Config
from rethinking.study.specs import seeds

__all__ = ["check", "check_images"]

TABLES = ("runs", "summary", "profiles", "planes", "curves", "examples")
# The measure of the training step; only functions without training have a job for it.
IN_TRAINING = "accuracy"
# The model in the path of measurements of reference functions.
REFERENCES = "references"
# Scale, data set, conditions and seeds of the data of a job.
Data = tuple[str, str, list[str], list[int]]


def names(config: Config, scale: str) -> list[str]:
    """The experiments of a scale, sorted by name: config files have any order."""
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
    """The settings that an experiment measures, with reference functions, in order.

    Untrained networks have the condition ``untrained``; interpolants take the place of models.
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
    """The conditions of all models of an experiment, in the order of the config."""
    of_networks = settings(config, scale, experiment)
    return list(dict.fromkeys(setting.condition for setting in of_networks))


def is_trained(setting: Setting) -> bool:
    """Whether a setting is one of trained networks."""
    return setting.condition != UNTRAINED and setting.model not in INTERPOLANTS


def reports_training(config: Config, scale: str, experiment: str) -> bool:
    """Whether an experiment reports training; others only measure the same networks."""
    return IN_TRAINING in config["scales"][scale]["experiments"][experiment]["measures"]


def tables_spec(config: Config, scale: str, experiment: str) -> TablesSpec:
    """The spec of the tables of an experiment.

    An experiment reports times to interpolate if it reports training at a constant rate. If the
    rate is annealed, the schedule decides when a network interpolates.
    """
    entry = config["scales"][scale]["experiments"][experiment]
    measured = measured_settings(config, scale, experiment)
    used = {each.model: seeds(config, scale, each.model) for each in measured if is_trained(each)}
    most = max(used.values(), key=len)
    constant = config["recipes"][entry["recipe"]]["schedule"] == "constant"
    accuracies = reports_training(config, scale, experiment)
    return TablesSpec(
        settings=measured,
        seeds=used | {each.model: most for each in measured if each.model in INTERPOLANTS},
        accuracies=accuracies,
        times=constant and accuracies,
    )


def train_spec(config: Config, scale: str, setting: Setting, block: int) -> TrainSpec:
    """The spec of a block of networks."""
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
    """The spec of a measurement of a model, or of all reference functions (:data:`REFERENCES`).

    References see whole images, so that networks with different crops are compared with the same
    functions. ``part`` is a condition, or ``all`` conditions under which an experiment measures the
    model.
    """
    measured = _measured(config, scale, measure, dataset, recipe)
    of_references = model == REFERENCES
    names = INTERPOLANTS if of_references else [model]
    of_model = [setting for setting in measured if setting.model in names]
    conditions = list(dict.fromkeys(setting.condition for setting in of_model))
    networks = {setting.model for setting in measured} - set(INTERPOLANTS)
    used = [seeds(config, scale, name) for name in (networks if of_references else [model])]
    return MeasureSpec(
        dataset=specs.dataset_spec(config, scale, dataset),
        conditions=conditions if part == "all" else [part],
        # Interpolants have all seeds of the networks that are compared with them.
        seeds=max(used, key=len),
        measure=measure,
        options=specs.measure_options(config, scale, measure),
        recipe=recipe,
        scaling=config["recipes"][base_of(recipe)]["scaling"],
        crop=None if of_references else specs.crop(config, scale, model),
        model=None if of_references else specs.model_spec(config, scale, model, recipe),
        references=list(dict.fromkeys(each.model for each in of_model)) if of_references else [],
        compute=specs.compute(config, scale),
    )


def trained_on(config: Config, wildcards: Mapping[str, str]) -> Data:
    """The data of a job that trains, by its wildcards."""
    scale, dataset, condition, model, block = (
        wildcards[name] for name in ("scale", "dataset", "condition", "model", "block")
    )
    return scale, dataset, [condition], specs.block_seeds(config, scale, model, int(block))


def measured_on(config: Config, wildcards: Mapping[str, str]) -> Data:
    """The data of a job that measures, by its wildcards."""
    spec = measure_spec(config, **wildcards)
    conditions = [data_condition(condition) for condition in spec.conditions]
    return wildcards["scale"], spec.dataset.name, conditions, spec.seeds


def shown(config: Config, scale: str, experiment: str) -> Data:
    """The data of the example images of an experiment."""
    dataset = config["scales"][scale]["experiments"][experiment]["dataset"]
    return scale, dataset, conditions(config, scale, experiment), [EXAMPLE_SEED]


def measured_blocks(config: Config, pattern: str, wildcards: Mapping[str, str]) -> list[str]:
    """The files of all blocks of trained networks that a job measures, by a pattern of paths."""
    spec = measure_spec(config, **wildcards)
    if spec.model is None:
        return []
    return [
        pattern.format(**wildcards, condition=condition, block=block)
        for condition in spec.conditions
        if condition != UNTRAINED
        for block in specs.blocks(config, wildcards["scale"], spec.model.name)
    ]


def trained_blocks(config: Config, pattern: str, scale: str, experiment: str) -> list[str]:
    """The files of all blocks of an experiment, by a pattern of paths, in the order of the config.

    Experiments share blocks, and a block may occur under several settings of one.
    """
    paths = [
        pattern.format(scale=scale, block=block, **vars(setting))
        for setting in settings(config, scale, experiment)
        for block in specs.blocks(config, scale, setting.model)
    ]
    return list(dict.fromkeys(paths))


def measured_files(config: Config, pattern: str, scale: str, experiment: str) -> list[str]:
    """The measurements of an experiment, by a pattern of paths; training measures accuracies."""
    return [pattern.format(scale=scale, **job) for job in measure_jobs(config, scale, experiment)]


def _measured(config: Config, scale: str, measure: str, dataset: str, recipe: str) -> list[Setting]:
    """The settings of a data set and a recipe for which experiments need jobs of a measure."""
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

    ``part`` is a condition, or ``all`` if one job measures all; ``model`` may be
    :data:`REFERENCES`. Measurements of the training step have no job.
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
    return [job for index, job in enumerate(jobs) if job not in jobs[:index]]


def _alone(config: Config, scale: str, measure: str) -> bool:
    """Whether each condition has its own job; short measures would take less than a job's start."""
    entry = config["scales"][scale].get("measures", {}).get(measure, {})
    long = bool(constant_of(f"rethinking.measures.{measure}", "JOB_FOR_EACH_CONDITION"))
    return long and not entry.get("together", False)


def examples_spec(config: Config, scale: str, experiment: str) -> ExamplesSpec:
    """The spec of the example images of an experiment."""
    return ExamplesSpec(conditions(config, scale, experiment))


def columns(entry: Config) -> Mapping[str, set[Any]]:
    """The values of columns in the tables of an experiment, by column; claims may name these."""
    references = set(entry.get("references", []))
    under = set().union(*entry["conditions"].values())
    return {
        "model": {*entry["conditions"], *(references - {UNTRAINED})},
        "regularization": {NONE}.union(*entry.get("regularizers", {}).values()),
        "condition": under | (references & {UNTRAINED}),
        "label_noise": {parse_condition(name).label_noise for name in under} - {None},
    }


def facts(config: Config, scale: str) -> dict[str, Any]:
    """The settings that the paper may print.

    The keys are ``models/<model>/<key>``, ``models/<model>/<recipe>/<key>``,
    ``measures/<measure>/<key>``, ``regularizers/<name>`` (of those in use) and
    ``<experiment>/recipe/<key>``. In addition, each ``conditions/<corruption>`` in use has the
    value 1, and so has ``conditions/synthetic`` if there are synthetic images.
    """
    sizes = config["scales"][scale]
    values: dict[str, Any] = {}
    for name, model in sizes["models"].items():
        options = specs.model_spec(config, scale, name).options
        given = {k: v for k, v in model.items() if k not in ("options", "recipes")} | {**options}
        values |= {f"models/{name}/{key}": value for key, value in given.items()}
        for recipe, trained in model["recipes"].items():
            values |= {f"models/{name}/{recipe}/{key}": value for key, value in trained.items()}
    for experiment in names(config, scale):
        recipe = config["recipes"][sizes["experiments"][experiment]["recipe"]]
        for key, value in recipe.items():
            if value is not None:
                values[f"{experiment}/recipe/{key}"] = value
        for setting in settings(config, scale, experiment):
            corruption = parse_condition(setting.condition).corruption
            values[f"conditions/{corruption}"] = 1
            if corruption in SYNTHETIC:
                values["conditions/synthetic"] = 1
            for name in regularizers_of(setting.recipe):
                values[f"regularizers/{name}"] = sizes["regularizers"][name]
    for measure in sizes.get("measures", {}):
        options = specs.measure_options(config, scale, measure)
        values |= {f"measures/{measure}/{key}": value for key, value in options.items()}
    return values
