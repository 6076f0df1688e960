"""The teachers and students of a config: their checks and specs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rethinking.errors import InputError
from rethinking.names.condition import KINDS, REAL
from rethinking.study import specs
from rethinking.study.entries import MEASURE_KEYS, Config, check_name, check_options
from rethinking.study.images import check_size, image_shape
from rethinking.training.recipe import Recipe
from rethinking.transfers.members import PAIRS, TRAINED
from rethinking.transfers.specs import AgreementSpec, StudentsSpec, TeachersSpec

TABLES = ("runs", "summary", "sample_efficiency", "confusion")


@dataclass(frozen=True)
class Cell:
    """Teachers of one group and their students: all of a transfer but its seeds."""

    transfer: str
    model: str  # of teachers and students
    images: str  # the kind of the teachers' images
    n1: int  # their number
    student_images: str  # the kind of the students' images


def check(config: Config, scale: str, key: str, entry: Config) -> None:
    """Raise if a transfer names something undefined, or its students could not be compared."""
    sizes = config["scales"][scale]
    datasets, models = f"scales.{scale}.datasets", f"scales.{scale}.models"
    check_name(f"{key}.dataset", entry["dataset"], sizes["datasets"], datasets)
    for whose, name in entry["recipes"].items():
        check_name(f"{key}.recipes.{whose}", name, config["recipes"], "recipes")
        if config["recipes"][name]["scaling"] != "per_dataset":
            raise InputError(
                f"config: {key}.recipes.{whose}: {name} scales each image by itself, so that one "
                "changed pixel changes all of them; choose a recipe with scaling: per_dataset"
            )
    student = config["recipes"][entry["recipes"]["student"]]
    if "epoch_steps" not in student or student["stop_at_train_accuracy"] is not None:
        raise InputError(
            f"config: {key}.recipes.student: all students take equally many steps; choose a recipe "
            "with epoch_steps and with stop_at_train_accuracy: null"
        )
    if entry["smoothness"]:
        measures = f"scales.{scale}.measures.smoothness"
        options = sizes.get("measures", {}).get("smoothness", {})
        check_options(measures, "measures", "smoothness", "measure", options, MEASURE_KEYS)
    available = sizes["datasets"][entry["dataset"]].get("train_images", math.inf)
    for model, groups in entry["teachers"].items():
        check_name(f"{key}.teachers", model, sizes["models"], models)
        for name in entry["recipes"].values():
            recipes = sizes["models"][model]["recipes"]
            check_name(f"{key}.recipes", name, recipes, f"{models}.{model}.recipes")
        for kind, group in groups.items():
            where = f"{key}.teachers.{model}.{kind}"
            for images in (kind, *group["students"]):
                check_name(where, images, KINDS, "the kinds of images")
                if (images == REAL) != (kind == REAL):
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


def check_images(config: Config, scale: str, key: str, entry: Config) -> None:  # noqa: ARG001
    """Raise if networks are too deep for the images, which teachers and students see whole."""
    shape = image_shape(config["scales"][scale]["datasets"][entry["dataset"]])
    if shape is None:
        return
    for model in entry["teachers"]:
        check_size(config, scale, model, shape, None)


def entry_of(config: Config, scale: str, transfer: str) -> Config:
    """The entry of a transfer."""
    entry: Config = config["scales"][scale]["transfers"][transfer]
    return entry


def dataset_file(config: Config, pattern: str, wildcards: Mapping[str, str]) -> str:
    """A file of the data set of a transfer, by a pattern of paths."""
    scale = wildcards["scale"]
    dataset = entry_of(config, scale, wildcards["transfer"])["dataset"]
    return pattern.format(scale=scale, dataset=dataset)


def cell_of(wildcards: Mapping[str, str]) -> Cell:
    """The cell of a job, by its wildcards; a job of teachers belongs to all cells of theirs."""
    images = wildcards["images"]
    return Cell(
        wildcards["transfer"],
        wildcards["model"],
        images,
        int(wildcards["n1"]),
        wildcards.get("student_images", images),
    )


def cell_blocks(
    config: Config, pattern: str, scale: str, transfer: str, model: str | None = None
) -> list[str]:
    """The files of all blocks of a transfer, or of one model in it, by a pattern of paths."""
    return [
        pattern.format(scale=scale, block=block, **vars(cell))
        for cell in cells(config, scale, transfer)
        if model in (None, cell.model)
        for block in specs.blocks(config, scale, cell.model)
    ]


def cells(config: Config, scale: str, transfer: str) -> list[Cell]:
    """All cells of a transfer, in the order of the config."""
    return [
        Cell(transfer, model, images, n1, student_images)
        for model, groups in entry_of(config, scale, transfer)["teachers"].items()
        for images, group in groups.items()
        for n1 in group["images"]
        for student_images in group["students"]
    ]


def modules(config: Config, scale: str, transfer: str, model: str) -> list[str]:
    """The modules, loaded by name, that make data and networks of a model in a transfer."""
    dataset = entry_of(config, scale, transfer)["dataset"]
    return [
        *specs.data_modules(config, scale, dataset, []),
        specs.model_module(config, model),
        "rethinking.models.mlp",  # linear students are perceptrons without hidden layers
    ]


def teachers_spec(config: Config, scale: str, cell: Cell, block: int) -> TeachersSpec:
    """The spec of a block of teachers."""
    entry = entry_of(config, scale, cell.transfer)
    return TeachersSpec(
        dataset=specs.dataset_spec(config, scale, entry["dataset"]),
        images=cell.images,
        n1=cell.n1,
        tests=entry["test_images"],
        pairs=entry["pairs"],
        seeds=specs.block_seeds(config, scale, cell.model, block),
        model=specs.model_spec(config, scale, cell.model),
        recipe=_recipe(config, scale, cell, "teacher"),
        compute=specs.compute(config, scale, cell.model),
    )


def students_spec(config: Config, scale: str, cell: Cell, block: int) -> StudentsSpec:
    """The spec of the students of a block of teachers."""
    entry = entry_of(config, scale, cell.transfer)
    shared = vars(teachers_spec(config, scale, cell, block))
    return StudentsSpec(
        **shared | {"recipe": _recipe(config, scale, cell, "student")},
        student_images=cell.student_images,
        n2=entry["teachers"][cell.model][cell.images]["students"][cell.student_images],
        sources=entry["sources"],
        learners=entry["learners"],
        soft=entry["soft"],
    )


def agreement_spec(config: Config, scale: str, transfer: str, model: str) -> AgreementSpec:
    """The spec of the measurements of a model in a transfer."""
    options = specs.measure_options(config, scale, "smoothness")
    return AgreementSpec(
        cells=[
            students_spec(config, scale, cell, block)
            for cell in cells(config, scale, transfer)
            if cell.model == model
            for block in specs.blocks(config, scale, model)
        ],
        seeds=specs.seeds(config, scale, model),
        smoothness=options if entry_of(config, scale, transfer)["smoothness"] else None,
        compute=specs.compute(config, scale),
    )


def _recipe(config: Config, scale: str, cell: Cell, whose: str) -> Recipe:
    name = entry_of(config, scale, cell.transfer)["recipes"][whose]
    # Teachers and students see whole images.
    return replace(specs.recipe_spec(config, scale, cell.model, name), crop=None)


def columns(entry: Config) -> Mapping[str, set[Any]]:
    """The values of columns in the tables of a transfer, by column; claims may name these."""
    groups = [group for model in entry["teachers"].values() for group in model.items()]
    sizes = [sizes for _, group in groups for sizes in group["students"].values()]
    return {
        "model": set(entry["teachers"]),
        "images": {images for images, _ in groups},
        "student_images": {kind for _, group in groups for kind in group["students"]},
        "n1": {n1 for _, group in groups for n1 in group["images"]},
        "n2": {n2 for listed in sizes for n2 in listed},
        "source": {TRAINED, *entry["sources"], *(PAIRS if entry["pairs"] else ())},
    }


def facts(config: Config, scale: str) -> dict[str, Any]:
    """The settings of transfers that the paper may print.

    ``n1`` and ``n2`` are, for each model and kind of images, the largest numbers for teachers and
    for students (of any kind); ``steps`` is the number of steps of students.
    """
    values: dict[str, Any] = {}
    for transfer, entry in config["scales"][scale].get("transfers", {}).items():
        values[f"{transfer}/test_images"] = entry["test_images"]
        for model, groups in entry["teachers"].items():
            key = f"{transfer}/{model}"
            recipe = specs.recipe_spec(config, scale, model, entry["recipes"]["student"])
            values[f"{key}/teachers"] = len(specs.seeds(config, scale, model))
            values[f"{key}/steps"] = recipe.max_epochs * (recipe.epoch_steps or 0)
            for images, group in groups.items():
                values[f"{key}/{images}/n1"] = max(group["images"])
                values[f"{key}/{images}/n2"] = max(map(max, group["students"].values()))
    return values
