"""Check the config before anything runs; every complaint is one line with a remedy."""

import difflib
import hashlib
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema
import yaml
from PIL import Image

from rethinking.code import constant_of, options_of, plugins_of
from rethinking.data.condition import KINDS, REAL, parse_condition
from rethinking.errors import InputError
from rethinking.training.recipe_name import NONE

Config = Mapping[str, Any]

# Keys of an entry that are not options of the function that the entry names.
MODEL_KEYS = {"label", "module"}
DATASET_KEYS = {"label", "source"}
MEASURE_KEYS = {"together"}
# The sections of a scale that hold experiments; no two have one of the same name.
EXPERIMENTS = ("experiments", "transfers", "constructions")
CONSTRUCTION_KEYS = {"module", "dataset", "seeds", "block_size", "conditions"}
# The constructions that the paper has sections about.
CONSTRUCTION_MODULES = ("expressivity", "implicit")
# Options that say where the data lie, which changes nothing that is computed.
PLACES = {"path", "archives"}


def check_config(config: Config, schema: Path) -> None:
    """Refuse a config that cannot be run.

    Args:
        config: The merged config, as Snakemake gives it.
        schema: The JSON schema, as YAML.

    Raises:
        InputError: A key is unknown or missing, a value impossible, a name refers to nothing, or
            data of the chosen scale are not where it says they are.
    """
    validator = jsonschema.Draft202012Validator(yaml.safe_load(schema.read_text("utf-8")))
    errors = sorted(validator.iter_errors(config), key=lambda error: list(map(str, error.path)))
    if errors:
        raise InputError(_one_line(errors[0]))
    _check_finite(config, "config: ")
    _check_name("scale", config["scale"], config["scales"], "scales")
    for name, model in config["models"].items():
        # What is missing here, a scale may still give.
        _check_unknown(f"models.{name}", "models", model["module"], "build", model, MODEL_KEYS)
    experiments = {
        name
        for scale in config["scales"].values()
        for kind in EXPERIMENTS
        for name in scale.get(kind, {})
    }
    for name, figure in config["figures"]["drawn"].items():
        _check_plugin(f"figures.drawn.{name}", "figures", "draw", name)
        key = f"figures.drawn.{name}.experiment"
        _check_name(key, figure["experiment"], experiments, "the experiments of any scale")
    for scale in config["scales"]:
        _check_scale(config, scale)
    for name, dataset in config["scales"][config["scale"]]["datasets"].items():
        key = f"scales.{config['scale']}.datasets.{name}"
        if "path" in dataset:
            fingerprint(f"{key}.path", Path(dataset["path"]))
        for archive in archives_of(dataset["source"]) if "archives" in dataset else []:
            if not Path(dataset["archives"], archive).is_file():
                raise InputError(
                    f"config: {key}.archives: {dataset['archives']} does not hold {archive}; "
                    "put it there, or leave out this key to have it downloaded"
                )
    _check_image_sizes(config, config["scale"])
    _check_moves(config, config["scale"])
    _check_filters(config, config["scale"])


@cache
def fingerprint(key: str, folder: Path) -> str:
    """Hash the names and sizes of the pictures in an image folder.

    Names and sizes, not bytes: those of 60,000 pictures take a second at each start of Snakemake.

    Args:
        key: The config key, for error messages.
        folder: Holds ``train/<class>/*`` and ``test/<class>/*``.

    Returns:
        16 hexadecimal digits.

    Raises:
        InputError: The folder is missing or has another layout.
    """
    digest = hashlib.sha256()
    for split in ("train", "test"):
        if not (folder / split).is_dir():
            raise InputError(
                f"config: {key}: {folder / split} is not a folder; "
                "give a folder that holds train/<class>/* and test/<class>/*"
            )
        pictures = 0
        for path in sorted((folder / split).rglob("*")):
            if path.is_file():
                pictures += 1
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
        if pictures == 0:
            raise InputError(
                f"config: {key}: {folder / split} holds no picture; "
                "give a folder that holds train/<class>/* and test/<class>/*"
            )
    return digest.hexdigest()[:16]


def archives_of(source: str) -> dict[str, dict[str, Any]]:
    """What a data source says of the archives that it reads, by their names."""
    return constant_of(f"rethinking.data.sources.{source}", "ARCHIVES") or {}


def _check_image_sizes(config: Config, scale: str) -> None:
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
        shape = _image_shape(sizes["datasets"][dataset])
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


def _check_moves(config: Config, scale: str) -> None:
    """Refuse windows that may leave an image altogether."""
    sizes = config["scales"][scale]
    shift = sizes.get("regularizers", {}).get("random_crop", 0)
    for experiment in sizes["experiments"].values():
        shape = _image_shape(sizes["datasets"][experiment["dataset"]])
        if shape is None:
            continue
        for model in experiment.get("regularizers", {}):
            side = sizes["models"][model].get("crop") or min(shape[1:])
            if shift >= side:
                raise InputError(
                    f"config: scales.{scale}.regularizers.random_crop: a window of {side} pixels "
                    f"a side that moves by {shift} may miss the image; lower it"
                )


def _check_filters(config: Config, scale: str) -> None:
    """Refuse filters that are larger than the images."""
    sizes = config["scales"][scale]
    for name, construction in sizes.get("constructions", {}).items():
        shape = _image_shape(sizes["datasets"][construction["dataset"]])
        for kernel, fields in construction.get("kernels", {}).items():
            side = fields.get("filter_side", 0)
            if shape is not None and side > min(shape[1:]):
                raise InputError(
                    f"config: scales.{scale}.constructions.{name}.kernels.{kernel}.filter_side: "
                    f"{side} pixels a side do not fit into images of {shape[1]}×{shape[2]}; lower "
                    "it"
                )


def _image_shape(dataset: Config) -> tuple[int, int, int] | None:
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


def _check_scale(config: Config, scale: str) -> None:
    sizes = config["scales"][scale]
    for name, dataset in sizes["datasets"].items():
        key = f"scales.{scale}.datasets.{name}"
        source = dataset["source"]
        _check_plugin(f"{key}.source", "data.sources", "load", source)
        # Archives that are not there yet are downloaded.
        given = {"archives": None} | dataset if archives_of(source) else dataset
        _check_options(key, "data.sources", source, "load", given, DATASET_KEYS)
    for name, model in sizes["models"].items():
        key = f"scales.{scale}.models.{name}"
        _check_name(key, name, config["models"], "models")
        module = config["models"][name]["module"]
        options = config["models"][name] | model.get("options", {})
        _check_options(f"{key}.options", "models", module, "build", options, MODEL_KEYS)
        for recipe in model["recipes"]:
            _check_name(f"{key}.recipes", recipe, config["recipes"], "recipes")
    for name in sizes.get("measures", {}):
        _check_plugin(f"scales.{scale}.measures", "measures", "measure", name)
    for name, experiment in sizes["experiments"].items():
        key = f"scales.{scale}.experiments.{name}"
        datasets = f"scales.{scale}.datasets"
        _check_name(f"{key}.dataset", experiment["dataset"], sizes["datasets"], datasets)
        _check_name(f"{key}.recipe", experiment["recipe"], config["recipes"], "recipes")
        given = sizes.get("measures", {})
        for measure in experiment["measures"]:
            _check_plugin(f"{key}.measures", "measures", "measure", measure)
            where = f"scales.{scale}.measures.{measure}"
            entry = given.get(measure, {})
            _check_options(where, "measures", measure, "measure", entry, MEASURE_KEYS)
        for model, conditions in experiment["conditions"].items():
            models = f"scales.{scale}.models"
            _check_name(f"{key}.conditions", model, sizes["models"], models)
            recipes = sizes["models"][model]["recipes"]
            _check_name(f"{key}.recipe", experiment["recipe"], recipes, f"{models}.{model}.recipes")
            for condition in conditions:
                _check_condition(f"{key}.conditions.{model}", condition)
        _check_regularizers(config, scale, key, experiment)
    named = [name for kind in EXPERIMENTS for name in sizes.get(kind, {})]
    for name in named:
        if named.count(name) > 1:
            raise InputError(
                f"config: scales.{scale}: there are two experiments {name}; rename one"
            )
    for name, construction in sizes.get("constructions", {}).items():
        key = f"scales.{scale}.constructions.{name}"
        module = construction["module"]
        _check_plugin(f"{key}.module", "measures", "construct", module)
        _check_options(key, "measures", module, "construct", construction, CONSTRUCTION_KEYS)
        datasets = f"scales.{scale}.datasets"
        _check_name(f"{key}.dataset", construction["dataset"], sizes["datasets"], datasets)
        for condition in construction["conditions"]:
            _check_condition(f"{key}.conditions", condition)
        expected = name.partition("_")[0]
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
    for name, transfer in sizes.get("transfers", {}).items():
        key = f"scales.{scale}.transfers.{name}"
        _check_transfer(config, scale, key, transfer)


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
        _check_name(where, model, experiment["conditions"], f"{key}.conditions")
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
                _check_name(where, name, strengths, f"scales.{scale}.regularizers")
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


def _check_transfer(config: Config, scale: str, key: str, transfer: Config) -> None:
    sizes = config["scales"][scale]
    datasets, models = f"scales.{scale}.datasets", f"scales.{scale}.models"
    _check_name(f"{key}.dataset", transfer["dataset"], sizes["datasets"], datasets)
    for whose, name in transfer["recipes"].items():
        _check_name(f"{key}.recipes.{whose}", name, config["recipes"], "recipes")
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
        _check_options(measures, "measures", "smoothness", "measure", options, MEASURE_KEYS)
    available = sizes["datasets"][transfer["dataset"]].get("train_images", math.inf)
    for model, groups in transfer["teachers"].items():
        _check_name(f"{key}.teachers", model, sizes["models"], models)
        for name in transfer["recipes"].values():
            recipes = sizes["models"][model]["recipes"]
            _check_name(f"{key}.recipes", name, recipes, f"{models}.{model}.recipes")
        for kind, group in groups.items():
            where = f"{key}.teachers.{model}.{kind}"
            for one in (kind, *group["students"]):
                _check_name(where, one, KINDS, "the kinds of images")
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


def _check_finite(section: Config, where: str) -> None:
    for key, value in section.items():
        if isinstance(value, Mapping):
            _check_finite(value, f"{where}{key}.")
        elif isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{where}{key}: {value} is not finite; write a number")


def _check_condition(key: str, condition: str) -> None:
    parsed = parse_condition(condition)
    corruption, level = parsed.corruption, parsed.level
    _check_plugin(key, "data.corruptions", "corrupt", corruption)
    takes_level = "level" in options_of(f"rethinking.data.corruptions.{corruption}", "corrupt")[0]
    if takes_level and level is None:
        raise InputError(f"config: {key}: {corruption} needs a level; write {corruption}-0.50")
    if level is not None and not takes_level:
        raise InputError(f"config: {key}: {corruption} has no level; write {corruption}")
    if level is not None and not 0 < level <= 1:
        raise InputError(
            f"config: {key}: {condition}: the level must be above 0 and at most 1; "
            "level 0 is true_labels"
        )
    if condition != str(parsed):
        raise InputError(f"config: {key}: write {condition} as {parsed}")


def _check_name(key: str, name: str, known: Iterable[str], where: str) -> None:
    if name not in known:
        raise InputError(f"config: {key}: {name!r} is not under {where}; {_suggest(name, known)}")


def _check_plugin(key: str, package: str, function: str, name: str) -> None:
    known = plugins_of(f"rethinking.{package}", function)
    if name not in known:
        folder = f"src/rethinking/{package.replace('.', '/')}"
        raise InputError(
            f"config: {key}: there is no {folder}/{name}.py with a function {function}; "
            f"{_suggest(name, known)}"
        )


def _check_unknown(
    key: str, package: str, module: str, function: str, entry: Config, other_keys: set[str]
) -> None:
    _check_plugin(key, package, function, module)
    allowed, _ = options_of(f"rethinking.{package}.{module}", function)
    for name in sorted(set(entry) - other_keys - allowed):
        raise InputError(
            f"config: {key}.{name}: unknown option of {module}; "
            f"{_suggest(name, allowed | other_keys)}"
        )


def _check_options(
    key: str, package: str, module: str, function: str, entry: Config, other_keys: set[str]
) -> None:
    _check_unknown(key, package, module, function, entry, other_keys)
    _, required = options_of(f"rethinking.{package}.{module}", function)
    for name in sorted(required - set(entry)):
        raise InputError(f"config: {key}: {module} needs {name!r}; add it")


def _suggest(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known)}" if known else "none are known"


def _one_line(error: jsonschema.ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path))
    given = cast(Mapping[str, Any], error.instance)
    if error.validator == "additionalProperties":
        known = cast(Mapping[str, Any], error.schema)["properties"]
        unknown = sorted(set(given) - set(known))[0]
        key = ".".join(filter(None, [where, unknown]))
        return f"config: {key}: unknown key; {_suggest(unknown, known)}"
    if error.validator == "required":
        missing = sorted(set(cast(list[str], error.validator_value)) - set(given))[0]
        return f"config: {where or 'top level'}: {missing!r} is missing; add it"
    if error.validator == "pattern" and "conditions" in error.absolute_path:
        return (
            f"config: {where}: {error.instance!r} is no condition; write a corruption, with its "
            "level to two decimals where it has one, as in label_noise-0.50"
        )
    if error.validator == "not":
        return f"config: {where}: {error.instance!r} is taken; choose another name"
    remedy = ""
    if error.validator == "type" and isinstance(error.instance, str):
        # YAML reads 1e-3 as text, and Snakemake all that is nested within one --config.
        remedy = "; write 0.001 for 1e-3, and give nested keys in a file, by --configfile"
    elif error.validator == "pattern":
        remedy = "; choose a name that fits it"
    return f"config: {where}: {error.message}{remedy}"
