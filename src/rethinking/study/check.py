"""Check the config before anything runs; every complaint is one line with a remedy."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema

from rethinking.errors import InputError
from rethinking.names.kinds import kinds, load_kind
from rethinking.study.alike import with_alike
from rethinking.study.entries import (
    DATASET_KEYS,
    MODEL_KEYS,
    Config,
    check_finite,
    check_name,
    check_options,
    check_plugin,
    check_unknown,
    suggest,
)
from rethinking.study.images import archives_of, check_place
from rethinking.study.kinds import section, study_of, twice
from rethinking.study.paper import check_figures_and_tables
from rethinking.study.paths import PLACES, check_outside, check_results_dir
from rethinking.study.printed import check_printed
from rethinking.study.schema import config_schema


def check_config(config: Config, schemas: Path) -> None:
    """Refuse a config that cannot be run.

    Args:
        config: The merged config, as Snakemake gives it.
        schemas: ``workflow/schemas``.

    Raises:
        InputError: A key is unknown or missing, a value impossible, a name refers to nothing, or
            data of the chosen scale are not where it says they are.
    """
    validator = jsonschema.Draft202012Validator(config_schema(schemas))
    errors = sorted(validator.iter_errors(config), key=lambda error: list(map(str, error.path)))
    if errors:
        at = list(errors[0].absolute_path)
        if at[:1] == ["scales"] and at[2:3] == ["models"] and len(at) > 3:
            check_name(".".join(map(str, at[:4])), at[3], config["models"], "models")
        raise InputError(_one_line(errors[0]))
    check_finite(config, "config: ")
    check_printed(config, "config: ")
    check_results_dir(config["results_dir"])
    for name, model in config["models"].items():
        # A scale may still give what is missing here.
        check_unknown(f"models.{name}", "models", model["module"], "build", model, MODEL_KEYS)
    config = {**config, "scales": with_alike(config)}
    check_name("scale", config["scale"], config["scales"], "scales")
    for scale in config["scales"]:
        _check_scale(config, scale)
    check_figures_and_tables(config)
    _check_data(config, config["scale"])


def _check_scale(config: Config, scale: str) -> None:
    sizes = config["scales"][scale]
    for name, dataset in sizes["datasets"].items():
        key = f"scales.{scale}.datasets.{name}"
        if name in sizes["models"]:
            raise InputError(f"config: {key}: a model is called {name} too; rename one of them")
        source = dataset["source"]
        check_plugin(f"{key}.source", "data.sources", "load", source)
        # Archives that are not there yet are downloaded.
        given = {"archives": None} | dataset if archives_of(source) else dataset
        check_options(key, "data.sources", source, "load", given, DATASET_KEYS)
    for name, model in sizes["models"].items():
        key = f"scales.{scale}.models.{name}"
        check_name(key, name, config["models"], "models")
        module = config["models"][name]["module"]
        options = config["models"][name] | model.get("options", {})
        check_options(f"{key}.options", "models", module, "build", options, MODEL_KEYS)
        for recipe in model["recipes"]:
            check_name(f"{key}.recipes", recipe, config["recipes"], "recipes")
    for name in sizes.get("measures", {}):
        check_plugin(f"scales.{scale}.measures", "measures", "measure", name)
    for name in twice(config, scale):
        raise InputError(f"config: scales.{scale}: there are two experiments {name}; rename one")
    for kind in kinds():
        for name, entry in section(config, scale, kind).items():
            key = f"scales.{scale}.{load_kind(kind).SECTION}.{name}"
            study_of(kind).check(config, scale, key, entry)


def _check_data(config: Config, scale: str) -> None:
    """Check the chosen scale against the data on this machine."""
    for name, dataset in config["scales"][scale]["datasets"].items():
        key = f"scales.{scale}.datasets.{name}"
        for place in sorted(PLACES & set(dataset)):
            check_outside(f"{key}.{place}", dataset[place], config["results_dir"])
        if "path" in dataset:
            check_place(f"{key}.path", dataset)
        for archive in archives_of(dataset["source"]) if "archives" in dataset else []:
            if not Path(dataset["archives"], archive).is_file():
                raise InputError(
                    f"config: {key}.archives: {dataset['archives']} does not hold {archive}; "
                    "put it there, or leave out this key to have it downloaded"
                )
    for kind in kinds():
        for name, entry in section(config, scale, kind).items():
            key = f"scales.{scale}.{load_kind(kind).SECTION}.{name}"
            study_of(kind).check_images(config, scale, key, entry)


def _one_line(error: jsonschema.ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path))
    given = cast(Mapping[str, Any], error.instance)
    if error.validator == "additionalProperties":
        known = cast(Mapping[str, Any], error.schema)["properties"]
        unknown = sorted(set(given) - set(known))[0]
        key = ".".join(filter(None, [where, unknown]))
        return f"config: {key}: unknown key; {suggest(unknown, known)}"
    if error.validator == "required":
        missing = sorted(set(cast(list[str], error.validator_value)) - set(given))[0]
        return f"config: {where or 'top level'}: {missing!r} is missing; add it"
    if error.validator == "pattern" and "conditions" in error.absolute_path:
        return (
            f"config: {where}: {error.instance!r} is no condition; write a corruption, with its "
            "level to two decimals where it has one, as in label_noise-0.50 (names are lower case, "
            "with underscores)"
        )
    if error.validator == "not":
        return f"config: {where}: {error.instance!r} is taken; choose another name"
    remedy = ""
    if error.validator == "type":
        remedy = _remedy_of_type(error.instance, error.validator_value)
    elif error.validator == "pattern":
        remedy = "; choose a name that fits it"
    return f"config: {where}: {error.message}{remedy}"


def _remedy_of_type(given: object, asked: object) -> str:
    """What to write in place of a value of a wrong type."""
    if given is None:
        return "; nothing stands there: write it, or leave out the key (quote a name such as null)"
    if asked == "string" and not isinstance(given, (list, Mapping)):
        return "; YAML reads no, 12 and 2020-01-01 as other than text: quote it"
    if asked == "boolean":
        return "; write True or False, without quotes"
    if asked == "array":
        return "; write a list, as [a, b]"
    if asked == "object":
        return "; write keys with values, in a file given by --configfile"
    # YAML reads 1e-3 as text, and Snakemake all that is nested within one --config.
    if isinstance(given, str) and re.fullmatch("[-+.0-9]+(e[-+0-9]+)?", given, re.IGNORECASE):
        return "; write 0.001 for 1e-3, and give nested keys in a file, by --configfile"
    kinds = {"integer": "; write a whole number", "number": "; write a number"}
    return kinds.get(str(asked), "")
