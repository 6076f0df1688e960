"""Check the config before anything runs; every error is one line with a remedy."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema

from rethinking.errors import InputError
from rethinking.names.kinds import load_kind
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
    first_error,
    suggest,
)
from rethinking.study.images import archives_of, check_place
from rethinking.study.kinds import KindStudy, entries, study_of
from rethinking.study.paper import check_figures_and_tables
from rethinking.study.paths import PLACES, check_outside, check_results_dir
from rethinking.study.printed import check_printed
from rethinking.study.schema import config_schema


def check_config(config: Config, schemas: Path) -> None:
    """Raise InputError if a merged config cannot be run.

    Mistakes are unknown or missing keys, impossible values, undefined names, and data of the chosen
    scale that are not at the given path. ``schemas`` is the folder ``workflow/schemas``.
    """
    error = first_error(config, config_schema(schemas))
    if error is not None:
        path = list(map(str, error.absolute_path))
        if path[:1] == ["scales"] and path[2:3] == ["models"] and len(path) > 3:
            check_name(".".join(path[:4]), path[3], config["models"], "models")
        raise InputError(_one_line(error))
    check_finite(config, "config: ")
    check_printed(config, "config: ")
    check_results_dir(config["results_dir"])
    for name, model in config["models"].items():
        # A scale may still give a required option.
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
        # Missing archives are downloaded.
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
    names = [name for _, name, _ in entries(config, scale)]
    for name in sorted(names):
        if names.count(name) > 1:
            where = f"config: scales.{scale}"
            raise InputError(f"{where}: there are two experiments {name}; rename one")
    for study, key, entry in _experiments(config, scale):
        study.check(config, scale, key, entry)


def _check_data(config: Config, scale: str) -> None:
    """Check the chosen scale against the data on this machine."""
    for name, dataset in config["scales"][scale]["datasets"].items():
        key = f"scales.{scale}.datasets.{name}"
        for option in sorted(PLACES & set(dataset)):
            check_outside(f"{key}.{option}", dataset[option], config["results_dir"])
        if "path" in dataset:
            check_place(f"{key}.path", dataset)
        for archive in archives_of(dataset["source"]) if "archives" in dataset else []:
            if not Path(dataset["archives"], archive).is_file():
                raise InputError(
                    f"config: {key}.archives: {dataset['archives']} does not hold {archive}; "
                    "put it there, or leave out this key to have it downloaded"
                )
    for study, key, entry in _experiments(config, scale):
        study.check_images(config, scale, key, entry)


def _experiments(config: Config, scale: str) -> Iterator[tuple[KindStudy, str, Config]]:
    """The module, the path in the config and the entry of each experiment of a scale."""
    for kind, name, entry in entries(config, scale):
        yield study_of(kind), f"scales.{scale}.{load_kind(kind).SECTION}.{name}", entry


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
    if error.validator == "anyOf":
        # The deepest and first mistake in the alternative that has the fewest.
        mistakes = Counter(inner.schema_path[0] for inner in error.context)

        def order(inner: jsonschema.ValidationError) -> tuple[int, int, list[str]]:
            return mistakes[inner.schema_path[0]], -len(inner.path), list(map(str, inner.path))

        return _one_line(min(error.context, key=order))
    if error.validator == "not":
        return f"config: {where}: {error.instance!r} is taken; choose another name"
    remedy = ""
    if error.validator == "type":
        remedy = _remedy_of_type(error.instance, error.validator_value)
    elif error.validator == "pattern":
        remedy = "; choose a name that fits it"
    return f"config: {where}: {error.message}{remedy}"


def _remedy_of_type(given: object, expected: object) -> str:
    """The remedy for a value of a wrong type."""
    if given is None:
        return "; nothing stands there: write it, or leave out the key (quote a name such as null)"
    if expected == "string" and not isinstance(given, (list, Mapping)):
        return "; YAML reads no, 12 and 2020-01-01 as other than text: quote it"
    if expected == "boolean":
        return "; write True or False, without quotes"
    if expected == "array":
        return "; write a list, as [a, b]"
    if expected == "object":
        return "; write keys with values, in a file given by --configfile"
    # YAML reads 1e-3 as text, and Snakemake reads all nested values of a --config as text.
    if isinstance(given, str) and re.fullmatch("[-+.0-9]+(e[-+0-9]+)?", given, re.IGNORECASE):
        return "; write 0.001 for 1e-3, and give nested keys in a file, by --configfile"
    remedies = {"integer": "; write a whole number", "number": "; write a number"}
    return remedies.get(str(expected), "")
