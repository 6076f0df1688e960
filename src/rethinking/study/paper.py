"""Figures and tables of the paper: checked, and read from the config."""

import json
from collections.abc import Mapping
from typing import Any

from rethinking.errors import InputError
from rethinking.names.kinds import load_kind
from rethinking.names.labels import INTERPOLANTS
from rethinking.paper.escape import escape_rst
from rethinking.paper.specs import About, LatexSpec, Layout, Model, Reported, ValuesSpec
from rethinking.step.code import constant_of
from rethinking.study.entries import DATASET_KEYS, Config, check_name, check_options, suggest
from rethinking.study.kinds import all_names, entry_of, experiments, facts, study_of
from rethinking.study.paths import PLACES
from rethinking.study.specs import model_spec

# Keys of a figure and of a table that are not options of the function in its module.
FIGURE_KEYS = {"module", "experiment", "table", "caption"}
TABLE_KEYS = {"layout", "experiments", "table"}
# The section of figures and of tables, their package, its function, and the keys above.
FIGURES = ("figures.drawn", "figures", "draw", FIGURE_KEYS)
LAYOUTS = ("tables", "paper.tables", "tabulate", TABLE_KEYS)
# The side in pixels of the crops of CIFAR-10 that the networks of Zhang et al. (2017) see.
PUBLISHED_CROP, PUBLISHED_SOURCE = 28, "cifar10"


def check_figures_and_tables(config: Config) -> None:
    """Raise if a figure or a table cannot be made of an experiment that it names."""
    for name, figure in config["figures"]["drawn"].items():
        _check(config, FIGURES, name, figure_module(config, name), figure, [figure["experiment"]])
    for name, table in config["tables"].items():
        _check(config, LAYOUTS, name, table["layout"], table, table["experiments"])


def _check(
    config: Config,
    where: tuple[str, str, str, set[str]],
    name: str,
    module: str,
    entry: Config,
    shown: list[str],
) -> None:
    section, package, function, keys = where
    key = f"{section}.{name}"
    check_options(key, package, module, function, entry, keys)
    known = all_names(config)
    path_of_module = f"rethinking.{package}.{module}"
    regularized = constant_of(path_of_module, "REGULARIZED")
    shows = constant_of(path_of_module, "KIND")
    if len(shown) != 1 and constant_of(path_of_module, "ONE_EXPERIMENT") is not False:
        raise InputError(f"config: {key}.experiments: {module} shows one experiment; list one")
    for experiment in shown:
        named = f"{key}.{'experiment' if 'experiment' in entry else 'experiments'}"
        check_name(named, experiment, known, "the experiments of any scale")
        for scale in config["scales"]:
            kind = experiments(config, scale).get(experiment)
            if kind is None:
                continue
            if shows not in (None, kind):
                raise InputError(
                    f"config: {key}: {module} shows {shows}, and {experiment} is of {kind}; name "
                    "one that suits it"
                )
            tables = study_of(kind).TABLES
            if entry["table"] not in tables:
                raise InputError(
                    f"config: {key}.table: {experiment} has no table {entry['table']!r}; "
                    f"{suggest(entry['table'], tables)}"
                )
            path = f"scales.{scale}.{load_kind(kind).SECTION}.{experiment}"
            has = "regularizers" in entry_of(config, scale, experiment)
            if regularized is False and has:
                raise InputError(
                    f"config: {path}.regularizers: {key} shows networks without; put them "
                    "into an experiment of their own, or leave it out of there"
                )
            if regularized and not has:
                raise InputError(f"config: {path}: {key} compares regularizers; add 'regularizers'")


def figure_module(config: Config, name: str) -> str:
    """The module that draws a figure; by default it has the figure's name."""
    module: str = config["figures"]["drawn"][name].get("module", name)
    return module


def figures(config: Config, scale: str) -> dict[str, Config]:
    """The figures of a scale: those of experiments that the scale has."""
    has = experiments(config, scale)
    drawn = config["figures"]["drawn"]
    return {name: figure for name, figure in drawn.items() if figure["experiment"] in has}


def figure_settings(config: Config, scale: str, name: str) -> dict[str, Any]:
    """The settings of a figure: the fields of ``rethinking.figures.helpers.figure.FigureSpec``."""
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
    """The tables of the paper, by name; None if all experiments of a table have other scales."""
    has = experiments(config, scale)
    by_name: dict[str, Layout | None] = {}
    for name, table in config["tables"].items():
        shown = [experiment for experiment in table["experiments"] if experiment in has]
        options = {key: value for key, value in table.items() if key not in TABLE_KEYS}
        made = shown or not table["experiments"]
        text = json.dumps(options, ensure_ascii=False)
        by_name[name] = Layout(table["layout"], shown, table["table"], text) if made else None
    return by_name


def made_layouts(config: Config, scale: str) -> list[Layout]:
    """The layouts of all tables that a scale has."""
    return [layout for layout in layouts(config, scale).values() if layout is not None]


def sources(config: Config, scale: str) -> list[str]:
    """The files that the layouts of a scale read beside tables of results."""
    modules = [f"rethinking.paper.tables.{layout.layout}" for layout in made_layouts(config, scale)]
    constants = [constant_of(module, "SOURCES") for module in modules]
    return sorted({path for constant in constants if constant for path in constant.values()})


def values_spec(config: Config, scale: str) -> ValuesSpec:
    """The spec of the numbers of the paper."""
    return ValuesSpec(reported(config, scale), labels(config, scale), facts(config, scale))


def latex_spec(config: Config, scale: str) -> LatexSpec:
    """The spec of all files that are generated for LaTeX at a scale."""
    drawn = figures(config, scale)
    about = About(labels(config, scale), _trained_models(config, scale), _published(config, scale))
    return LatexSpec(
        scale=scale,
        banner=config["scales"][scale]["banner"],
        about=about,
        tables=layouts(config, scale),
        figures={
            name: f"{figure['experiment']}/{figure['table']}" for name, figure in drawn.items()
        },
    )


def reported(config: Config, scale: str) -> dict[str, Reported]:
    """The experiments of a scale that claims and the paper may be about."""
    return {
        name: Reported(kind, entry_of(config, scale, name)["dataset"])
        for name, kind in experiments(config, scale).items()
    }


def labels(config: Config, scale: str) -> dict[str, str]:
    """The labels of the models, references and data sets of a scale."""
    sizes = config["scales"][scale]
    models = {name: config["models"][name]["label"] for name in sizes["models"]}
    datasets = {name: entry["label"] for name, entry in sizes["datasets"].items()}
    return models | INTERPOLANTS | datasets


def _trained_models(config: Config, scale: str) -> list[Model]:
    recipes: dict[str, list[str]] = {}
    for _, entry in sorted(config["scales"][scale]["experiments"].items()):
        for model in entry["conditions"]:
            recipes.setdefault(model, []).append(entry["recipe"])
    return [Model(name, of_model) for name, of_model in recipes.items()]


def _published(config: Config, scale: str) -> list[str]:
    """The models that may be compared by value with Zhang et al. (2017) on CIFAR-10.

    They are trained on all images, see 28×28 crops, and have the published width.
    """
    sizes = config["scales"][scale]

    def comparable(entry: Config, model: str) -> bool:
        dataset: Mapping[str, Any] = sizes["datasets"][entry["dataset"]]
        return (
            dataset["source"] == PUBLISHED_SOURCE
            and not set(dataset) - DATASET_KEYS - PLACES  # not only some of the images
            and sizes["models"][model].get("crop") == PUBLISHED_CROP
            and model_spec(config, scale, model).options.get("width_factor", 1.0) == 1.0
        )

    return [
        model.name
        for model in _trained_models(config, scale)
        if all(
            comparable(entry, model.name)
            for entry in sizes["experiments"].values()
            if model.name in entry["conditions"]
        )
    ]
