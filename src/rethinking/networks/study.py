"""What a config asks for: which networks, trained on what, and what each step must be told."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rethinking.names.condition import SYNTHETIC, UNTRAINED, parse_condition
from rethinking.names.recipe import NONE, base_of, recipe_name, regularizers_of
from rethinking.step.code import constant_of
from rethinking.study.entries import (
    DATASET_KEYS,
    EXPERIMENTS,
    MEASURE_KEYS,
    MODEL_KEYS,
    Config,
)
from rethinking.study.images import archives_of, fingerprint
from rethinking.study.paths import PLACES

Spec = dict[str, Any]

# Networks at least this wide compute faster in bfloat16, where the processor has it; at half the
# width the gain is small or none (measured on 8×8 images).
WIDE = 1.0
# Pixels a side of what the networks of Zhang et al. (2017) see of CIFAR-10.
PUBLISHED_CROP = 28
# What their Table 1 is about.
PUBLISHED_EXPERIMENTS = ("randomization", "regularization")
# Functions that stand where a model does in tables, and how they are called there.
INTERPOLANTS = {
    "nearest_neighbour": "1-nearest neighbour",
    "shepard": "Shepard kernel",
    "white_noise": "white noise",
}
# What Linux calls the instructions that multiply in bfloat16.
BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}


@dataclass(frozen=True)
class Setting:
    """What networks are trained on and how: all of a run but its seed."""

    dataset: str
    condition: str
    model: str
    recipe: str


def settings(config: Config, scale: str, experiment: str) -> list[Setting]:
    """All settings of an experiment, in the order of the config."""
    asked = config["scales"][scale]["experiments"][experiment]
    return [
        Setting(asked["dataset"], condition, model, recipe_name(asked["recipe"], regularization))
        for model, conditions in asked["conditions"].items()
        for condition in conditions
        for regularization in asked.get("regularizers", {}).get(model, [NONE])
    ]


def regularizes(config: Config, scale: str, experiment: str) -> bool:
    """Whether an experiment compares networks with and without regularisation."""
    return "regularizers" in config["scales"][scale]["experiments"][experiment]


def experiment_dataset(config: Config, scale: str, experiment: str) -> str:
    """The data set of an experiment."""
    name: str = config["scales"][scale]["experiments"][experiment]["dataset"]
    return name


def experiment_conditions(config: Config, scale: str, experiment: str) -> list[str]:
    """The conditions of an experiment, those of any model, in the order of the config."""
    return list(dict.fromkeys(s.condition for s in settings(config, scale, experiment)))


def experiment_schedule(config: Config, scale: str, experiment: str) -> str:
    """The schedule of the learning rate in an experiment."""
    recipe = config["scales"][scale]["experiments"][experiment]["recipe"]
    schedule: str = config["recipes"][recipe]["schedule"]
    return schedule


def training_experiments(config: Config, scale: str) -> list[str]:
    """The experiments that report how networks were trained; others look at the same networks."""
    asked = config["scales"][scale]["experiments"]
    return [name for name in experiments(config, scale) if "accuracy" in asked[name]["measures"]]


def is_about_times(config: Config, scale: str, experiment: str) -> bool:
    """Whether an experiment reports how long training took.

    The rate must be constant: where it is annealed, the schedule decides when a network
    interpolates.
    """
    constant = experiment_schedule(config, scale, experiment) == "constant"
    return constant and experiment in training_experiments(config, scale)


def published_models(config: Config, scale: str, experiment: str) -> list[str]:
    """The models of an experiment that may be compared with Zhang et al. (2017) on CIFAR-10.

    They are trained on all images, see 28×28 crops, and are as wide as theirs.
    """
    sizes = config["scales"][scale]
    dataset = sizes["datasets"][experiment_dataset(config, scale, experiment)]
    if dataset["source"] != "cifar10" or set(dataset) - DATASET_KEYS - PLACES:
        return []
    return [
        model
        for model in sizes["experiments"][experiment]["conditions"]
        if sizes["models"][model].get("crop") == PUBLISHED_CROP
        and model_spec(config, scale, model)["options"].get("width_factor", 1.0) == 1.0
    ]


def published_experiments(config: Config, scale: str) -> list[str]:
    """The experiments of a scale that repeat what Zhang et al. (2017) publish numbers of."""
    return [name for name in experiments(config, scale) if name in PUBLISHED_EXPERIMENTS]


def references(config: Config, scale: str, experiment: str) -> list[str]:
    """What the networks of an experiment are held against."""
    names: list[str] = config["scales"][scale]["experiments"][experiment].get("references", [])
    return names


def measured_settings(config: Config, scale: str, experiment: str) -> list[Setting]:
    """All that an experiment measures, references among it, in the order of the config.

    Untrained networks are under the condition ``untrained``, interpolants are models.
    """
    asked = config["scales"][scale]["experiments"][experiment]
    names = references(config, scale, experiment)
    networks = settings(config, scale, experiment)
    if UNTRAINED in names:
        networks = [
            Setting(asked["dataset"], condition, model, asked["recipe"])
            for model, conditions in asked["conditions"].items()
            for condition in [UNTRAINED, *conditions]
        ]
    return networks + [
        Setting(asked["dataset"], condition, name, asked["recipe"])
        for name in names
        if name != UNTRAINED
        for condition in experiment_conditions(config, scale, experiment)
    ]


def measured_conditions(
    config: Config, scale: str, measure: str, dataset: str, model: str, recipe: str
) -> list[str]:
    """The conditions under which some experiment measures a model, in the order of the config.

    Of ``references`` for a model, those of all interpolants.
    """
    names = list(INTERPOLANTS) if model == "references" else [model]
    found = _measured(config, scale, measure, dataset, recipe)
    return list(dict.fromkeys(one.condition for one in found if one.model in names))


def measured_references(
    config: Config, scale: str, measure: str, dataset: str, recipe: str
) -> list[str]:
    """The interpolants that some experiment measures, in the order of the config."""
    found = _measured(config, scale, measure, dataset, recipe)
    return list(dict.fromkeys(one.model for one in found if one.model in INTERPOLANTS))


def reference_seeds(
    config: Config, scale: str, measure: str, dataset: str, recipe: str
) -> list[int]:
    """The seeds of interpolants: all of any network that they are measured beside."""
    found = _measured(config, scale, measure, dataset, recipe)
    networks = {one.model for one in found} - set(INTERPOLANTS)
    return max((seeds(config, scale, model) for model in networks), key=len)


def _measured(config: Config, scale: str, measure: str, dataset: str, recipe: str) -> list[Setting]:
    """What experiments with this measure measure of a data set and a recipe."""
    asked = config["scales"][scale]["experiments"]
    return [
        setting
        for name in experiments(config, scale)
        if measure in asked[name]["measures"]
        for setting in measured_settings(config, scale, name)
        if (setting.dataset, setting.recipe) == (dataset, recipe)
    ]


def measure_jobs(config: Config, scale: str, experiment: str) -> list[dict[str, str]]:
    """The jobs that measure for an experiment, by the wildcards of their files.

    ``part`` is a condition, or ``all`` of them where they are measured together; ``model`` may be
    ``references``.
    """
    jobs = [
        {
            "measure": measure,
            "dataset": setting.dataset,
            "model": "references" if setting.model in INTERPOLANTS else setting.model,
            "recipe": setting.recipe,
            "part": setting.condition if _alone(config, scale, measure) else "all",
        }
        for setting in measured_settings(config, scale, experiment)
        for measure in config["scales"][scale]["experiments"][experiment]["measures"]
    ]
    return [job for place, job in enumerate(jobs) if job not in jobs[:place]]


def measure_options(config: Config, scale: str, measure: str) -> Spec:
    """The sizes of a measure at a scale."""
    entry = config["scales"][scale].get("measures", {}).get(measure, {})
    return {key: value for key, value in entry.items() if key not in MEASURE_KEYS}


def _alone(config: Config, scale: str, measure: str) -> bool:
    """Whether a measure is worth a job for each condition; others take less than a job's start."""
    entry = config["scales"][scale].get("measures", {}).get(measure, {})
    long = bool(constant_of(f"rethinking.measures.{measure}", "JOB_FOR_EACH_CONDITION"))
    return long and not entry.get("together", False)


def seeds(config: Config, scale: str, model: str) -> list[int]:
    """The seeds that tables and figures use."""
    return list(range(config["scales"][scale]["models"][model]["seeds"]))


def block_seeds(config: Config, scale: str, model: str, block: int) -> list[int]:
    """The seeds that train together in a block, whether all of them are used or not.

    Blocks always train whole, so that asking for more seeds retrains none that exist.
    """
    size = config["scales"][scale]["models"][model]["block_size"]
    return list(range(block * size, (block + 1) * size))


def blocks(config: Config, scale: str, model: str) -> list[int]:
    """The blocks that hold all seeds in use."""
    size = config["scales"][scale]["models"][model]["block_size"]
    return list(range(-(-len(seeds(config, scale, model)) // size)))


def dataset_spec(config: Config, scale: str, dataset: str) -> Spec:
    """What determines a data set; where it lies does not, what lies there does."""
    entry = config["scales"][scale]["datasets"][dataset]
    options = {k: value for k, value in entry.items() if k not in DATASET_KEYS | PLACES}
    spec: Spec = {"name": dataset, "source": entry["source"]}
    if "path" in entry:
        spec["fingerprint"] = fingerprint(Path(entry["path"]), entry["source"])
    return spec | {"options": options}


def archives(config: Config, scale: str, dataset: str) -> list[Path]:
    """The archives that a data set is read from: where the config says, or as downloaded."""
    entry = config["scales"][scale]["datasets"][dataset]
    source = entry["source"]
    folder = Path(entry.get("archives", Path(config["results_dir"], "downloads", source)))
    return [folder / name for name in archives_of(source)]


def model_spec(config: Config, scale: str, model: str, recipe: str = "") -> Spec:
    """What determines a network before it is trained, but for its seed; dropout is part of it."""
    entry = config["models"][model] | config["scales"][scale]["models"][model].get("options", {})
    if "dropout" in regularizers_of(recipe):
        entry |= {"dropout": config["scales"][scale]["regularizers"]["dropout"]}
    options = {key: value for key, value in entry.items() if key not in MODEL_KEYS}
    return {"name": model, "module": entry["module"], "options": options}


def recipe_spec(config: Config, scale: str, model: str, recipe: str) -> Spec:
    """How a network is trained: the recipe, and the sizes that go with model and scale."""
    sizes, base = config["scales"][scale], base_of(recipe)
    strengths = {name: sizes["regularizers"][name] for name in regularizers_of(recipe)}
    return {
        "name": recipe,
        **config["recipes"][base],
        **sizes["models"][model]["recipes"][base],
        "crop": crop(config, scale, model),
        **{name: strength for name, strength in strengths.items() if name != "dropout"},
    }


def crop(config: Config, scale: str, model: str) -> int | None:
    """Pixels a side of what a network sees; None if it sees whole images."""
    side: int | None = config["scales"][scale]["models"][model].get("crop")
    return side


def device_kind(config: Config) -> str:
    """``cpu`` or ``cuda``; ``auto`` is a GPU where the machine has a driver for one."""
    kind: str = config["device"]
    if kind == "auto":
        return "cuda" if Path("/dev/nvidiactl").exists() else "cpu"
    return kind


LEFT_TO_THE_MACHINE = (
    "device, precision: auto looks at this machine, not at those that will work; choose both, as "
    "profiles/slurm/device.yaml does: --config device=cuda precision=float32"
)


def looks_at_the_machine(config: Config) -> bool:
    """Whether the config leaves something to the machine that reads it."""
    if config["device"] == "auto":
        return True
    return device_kind(config) == "cpu" and config["precision"] == "auto"


def precision(config: Config, scale: str, model: str) -> str:
    """What a network's activations and products in training are computed in, as torch calls it.

    ``auto`` is ``bfloat16`` where that pays: for wide convolutional networks, on GPUs and on
    processors with instructions for it.
    """
    asked: str = config["precision"]
    if asked != "auto":
        return asked
    wide = model_spec(config, scale, model)["options"].get("width_factor", 0) >= WIDE
    able = device_kind(config) == "cuda" or has_bfloat16()
    return "bfloat16" if wide and able else "float32"


def has_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16."""
    return bool(BFLOAT16_FLAGS & _cpu_flags())


@cache
def _cpu_flags() -> frozenset[str]:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("flags"):
                return frozenset(line.partition(":")[2].split())
    return frozenset()


def labels(config: Config, scale: str) -> dict[str, str]:
    """How figures and tables call the models, references and data sets of a scale."""
    sizes = config["scales"][scale]
    models = {name: config["models"][name]["label"] for name in sizes["models"]}
    return (
        models | INTERPOLANTS | {name: entry["label"] for name, entry in sizes["datasets"].items()}
    )


def figures(config: Config, scale: str) -> list[str]:
    """The figures of a scale: those that draw an experiment which it has."""
    drawn = config["figures"]["drawn"]
    there = {name for kind in EXPERIMENTS for name in config["scales"][scale].get(kind, {})}
    return [name for name in drawn if drawn[name]["experiment"] in there]


def recipes(config: Config, scale: str) -> list[str]:
    """The recipes that the experiments of a scale use, by name."""
    used = config["scales"][scale]["experiments"].values()
    return sorted({experiment["recipe"] for experiment in used})


def trained_models(config: Config, scale: str) -> list[Spec]:
    """The models that the experiments of a scale train: name, label, and recipes in use."""
    found: dict[str, Spec] = {}
    for name in experiments(config, scale):
        experiment = config["scales"][scale]["experiments"][name]
        for model in experiment["conditions"]:
            entry = {"name": model, "label": config["models"][model]["label"], "recipes": []}
            found.setdefault(model, entry)["recipes"].append(experiment["recipe"])
    return list(found.values())


def experiments(config: Config, scale: str) -> list[str]:
    """The experiments of a scale, by name: in a config of several files, their order is chance."""
    return sorted(config["scales"][scale]["experiments"])


def facts(config: Config, scale: str) -> dict[str, float | str]:
    """The settings that the paper may print.

    Returns:
        Numbers and texts, keyed ``models/<model>/<key>``, ``models/<model>/<recipe>/<key>``,
        ``measures/<measure>/<key>``, ``regularizers/<name>`` (of those in use) and
        ``<experiment>/recipe/<key>``; and 1 for each ``experiments/<experiment>``, for each
        ``conditions/<corruption>`` in use, and for ``conditions/synthetic`` if there is one under
        which images are made up.
    """
    found = {}
    for name, sizes in config["scales"][scale]["models"].items():
        for key, value in (sizes | model_spec(config, scale, name)["options"]).items():
            if key not in ("options", "recipes"):
                found[f"models/{name}/{key}"] = value
        for recipe, trained in sizes["recipes"].items():
            for key, value in trained.items():
                found[f"models/{name}/{recipe}/{key}"] = value
    for experiment in experiments(config, scale):
        recipe = config["scales"][scale]["experiments"][experiment]["recipe"]
        for key, value in config["recipes"][recipe].items():
            if value is not None:
                found[f"{experiment}/recipe/{key}"] = value
        for condition in experiment_conditions(config, scale, experiment):
            corruption = parse_condition(condition).corruption
            found[f"conditions/{corruption}"] = 1
            if corruption in SYNTHETIC:
                found["conditions/synthetic"] = 1
        found[f"experiments/{experiment}"] = 1
    for measure in config["scales"][scale].get("measures", {}):
        for key, value in measure_options(config, scale, measure).items():
            found[f"measures/{measure}/{key}"] = value
    trained = _all_settings(config, scale)
    for name in sorted({name for one in trained for name in regularizers_of(one.recipe)}):
        found[f"regularizers/{name}"] = config["scales"][scale]["regularizers"][name]
    return {key: _printable(value) for key, value in found.items()}


def _all_settings(config: Config, scale: str) -> list[Setting]:
    return [one for name in experiments(config, scale) for one in settings(config, scale, name)]


def _printable(value: Any) -> float | str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.replace("_", " ") if isinstance(value, str) else float(value)
