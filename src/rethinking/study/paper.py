"""Figures and tables of the paper: checked, and read from the config."""

import json
from collections.abc import Mapping
from typing import Any

from rethinking.errors import InputError
from rethinking.names.labels import INTERPOLANTS
from rethinking.paper.escape import escape_rst
from rethinking.paper.specs import About, LatexSpec, Layout, Model, Reported, ValuesSpec
from rethinking.step.code import constant_of
from rethinking.study.entries import (
    DATASET_KEYS,
    Config,
    check_name,
    check_options,
    check_plugin,
    suggest,
)
from rethinking.study.kinds import (
    all_names,
    entry_of,
    experiments,
    facts,
    section,
    study_of,
)
from rethinking.study.paths import PLACES
from rethinking.study.specs import model_spec

# Keys of a figure and of a table that are no options of the function that makes it.
FIGURE_KEYS = {"module", "experiment", "table", "caption"}
TABLE_KEYS = {"layout", "experiments", "table"}
# Where figures and tables are declared: the section, its package, its function.
FIGURES = ("figures.drawn", "figures", "draw")
LAYOUTS = ("tables", "paper.tables", "tabulate")
# Pixels a side of what the networks of Zhang et al. (2017) see of CIFAR-10.
PUBLISHED_CROP, PUBLISHED_SOURCE = 28, "cifar10"


def check_figures_and_tables(config: Config) -> None:
    """Raise if a figure or table cannot be made of any experiment that it names.

    Raises:
        InputError: The first mistake.
    """
    for name, figure in config["figures"]["drawn"].items():
        shown = [figure["experiment"]]
        _check(config, FIGURES, name, figure_module(config, name), figure, FIGURE_KEYS, shown)
    for name, table in config["tables"].items():
        _check(config, LAYOUTS, name, table["layout"], table, TABLE_KEYS, table["experiments"])


def _check(
    config: Config,
    where: tuple[str, str, str],
    name: str,
    module: str,
    entry: Config,
    keys: set[str],
    shown: list[str],
) -> None:
    heading, package, function = where
    key = f"{heading}.{name}"
    check_plugin(key, package, function, module)
    check_options(key, package, module, function, entry, keys)
    known = all_names(config)
    regularized = constant_of(f"rethinking.{package}.{module}", "REGULARIZED")
    for experiment in shown:
        check_name(f"{key}.experiment", experiment, known, "the experiments of any scale")
        for scale in config["scales"]:
            kind = experiments(config, scale).get(experiment)
            if kind is None:
                continue
            tables = study_of(kind).TABLES
            if entry["table"] not in tables:
                raise InputError(
                    f"config: {key}.table: {experiment} has no table {entry['table']!r}; "
                    f"{suggest(entry['table'], tables)}"
                )
            where_it_is = f"scales.{scale}.{experiment}"
            has = "regularizers" in entry_of(config, scale, experiment)
            if regularized is False and has:
                raise InputError(
                    f"config: {where_it_is}.regularizers: {key} shows networks without; put them "
                    "into an experiment of their own, or leave it out of there"
                )
            if regularized and not has:
                raise InputError(
                    f"config: {where_it_is}: {key} compares regularizers; add 'regularizers'"
                )


def figure_module(config: Config, name: str) -> str:
    """The module that draws a figure: by default that of its name."""
    module: str = config["figures"]["drawn"][name].get("module", name)
    return module


def figures(config: Config, scale: str) -> dict[str, Config]:
    """The figures of a scale: those that draw an experiment which it has."""
    has = experiments(config, scale)
    drawn = config["figures"]["drawn"]
    return {name: figure for name, figure in drawn.items() if figure["experiment"] in has}


def figure_settings(config: Config, scale: str, name: str) -> dict[str, Any]:
    """The settings of a figure, as ``rethinking.figures.helpers.figure.FigureSpec`` has them."""
    figure = config["figures"]["drawn"][name]
    return {
        "figure": name,
        "module": figure_module(config, name),
        "options": {key: value for key, value in figure.items() if key not in FIGURE_KEYS},
        "caption": escape_rst(figure["caption"]),
        "style": config["figures"]["style"],
        "labels": labels(config, scale),
    }


def layouts(config: Config, scale: str) -> dict[str, Layout | None]:
    """The tables of the paper by name; None for one that shows experiments of other scales only."""
    has = experiments(config, scale)
    found: dict[str, Layout | None] = {}
    for name, table in config["tables"].items():
        shown = [experiment for experiment in table["experiments"] if experiment in has]
        options = {key: value for key, value in table.items() if key not in TABLE_KEYS}
        made = shown or not table["experiments"]
        text = json.dumps(options, ensure_ascii=False)
        found[name] = Layout(table["layout"], shown, table["table"], text) if made else None
    return found


def made_layouts(config: Config, scale: str) -> list[Layout]:
    """The layouts of all tables that a scale has."""
    return [layout for layout in layouts(config, scale).values() if layout is not None]


def sources(config: Config, scale: str) -> list[str]:
    """The files that layouts of a scale read beside tables of results."""
    modules = [f"rethinking.paper.tables.{one.layout}" for one in made_layouts(config, scale)]
    constants = [constant_of(module, "SOURCES") for module in modules]
    return sorted({path for constant in constants if constant for path in constant.values()})


def values_spec(config: Config, scale: str) -> ValuesSpec:
    """The numbers of the paper, but for code and versions."""
    return ValuesSpec(reported(config, scale), labels(config, scale), facts(config, scale))


def latex_spec(config: Config, scale: str) -> LatexSpec:
    """All that is generated for LaTeX at a scale, but for code and versions."""
    drawn = figures(config, scale)
    about = About(labels(config, scale), _trained_models(config, scale), _published(config, scale))
    return LatexSpec(
        scale=scale,
        banner=config["scales"][scale]["banner"],
        about=about,
        tables=layouts(config, scale),
        figures={name: "{experiment}/{table}".format(**one) for name, one in drawn.items()},
    )


def reported(config: Config, scale: str) -> dict[str, Reported]:
    """The experiments of a scale that claims and the paper may be about."""
    return {
        name: Reported(kind, section(config, scale, kind)[name]["dataset"])
        for name, kind in experiments(config, scale).items()
    }


def labels(config: Config, scale: str) -> dict[str, str]:
    """The labels of the models, references and data sets of a scale."""
    sizes = config["scales"][scale]
    models = {name: config["models"][name]["label"] for name in sizes["models"]}
    datasets = {name: entry["label"] for name, entry in sizes["datasets"].items()}
    return models | INTERPOLANTS | datasets


def _trained_models(config: Config, scale: str) -> list[Model]:
    found: dict[str, list[str]] = {}
    for _, entry in sorted(config["scales"][scale]["experiments"].items()):
        for model in entry["conditions"]:
            found.setdefault(model, []).append(entry["recipe"])
    return [Model(name, recipes) for name, recipes in found.items()]


def _published(config: Config, scale: str) -> list[str]:
    """The models that may be compared by value with Zhang et al. (2017) on CIFAR-10.

    They are trained on all images, see 28×28 crops, and are as wide as theirs.
    """
    sizes = config["scales"][scale]

    def comparable(entry: Config, model: str) -> bool:
        dataset: Mapping[str, Any] = sizes["datasets"][entry["dataset"]]
        whole = not set(dataset) - DATASET_KEYS - PLACES
        width = model_spec(config, scale, model).options.get("width_factor", 1.0)
        crop = sizes["models"][model].get("crop")
        return (
            dataset["source"] == PUBLISHED_SOURCE
            and whole
            and crop == PUBLISHED_CROP
            and width == 1.0
        )

    entries = sizes["experiments"].values()
    return [
        model
        for model in sizes["models"]
        if all(comparable(entry, model) for entry in entries if model in entry["conditions"])
    ]
