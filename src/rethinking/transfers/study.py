"""What a config asks for in transfers: which teachers, which students, and what a step is told."""

from dataclasses import dataclass
from typing import Any

from rethinking.networks import study
from rethinking.networks.study import Spec
from rethinking.study.entries import Config


@dataclass(frozen=True)
class Cell:
    """Teachers of one group and their students: all of a transfer but its seeds.

    Attributes:
        transfer: The experiment.
        model: Of teachers and students.
        images: What teachers are trained on.
        n1: How many of these.
        student_images: What students are trained on.
    """

    transfer: str
    model: str
    images: str
    n1: int
    student_images: str


def transfers(config: Config, scale: str) -> list[str]:
    """The experiments of a scale that have teachers and students, by name."""
    return sorted(config["scales"][scale].get("transfers", {}))


def asked(config: Config, scale: str, transfer: str) -> dict[str, Any]:
    """What the config says of a transfer."""
    entry: dict[str, Any] = config["scales"][scale]["transfers"][transfer]
    return entry


def models(config: Config, scale: str, transfer: str) -> list[str]:
    """The models of a transfer, in the order of the config."""
    return list(asked(config, scale, transfer)["teachers"])


def cells(config: Config, scale: str, transfer: str, model: str) -> list[Cell]:
    """All cells of a model in a transfer, in the order of the config."""
    groups = asked(config, scale, transfer)["teachers"][model]
    return [
        Cell(transfer, model, images, n1, student_images)
        for images, group in groups.items()
        for n1 in group["images"]
        for student_images in group["students"]
    ]


def student_sizes(config: Config, scale: str, cell: Cell) -> list[int]:
    """How many images the students of a cell are trained on, each number."""
    group = asked(config, scale, cell.transfer)["teachers"][cell.model][cell.images]
    sizes: list[int] = group["students"][cell.student_images]
    return sizes


def data_modules(cell: Cell) -> list[str]:
    """The modules that make the images of a cell."""
    kinds = {cell.images, cell.student_images}
    if any("walk" in kind for kind in kinds):
        kinds.add("uniform_noise")  # which all are tested on
    return [f"rethinking.data.corruptions.{kind}" for kind in sorted(kinds)]


def teachers_spec(config: Config, scale: str, cell: Cell, block: int) -> Spec:
    """What determines a block of teachers, but for code and versions."""
    entry = asked(config, scale, cell.transfer)
    return {
        "compile": config["compile"],
        "dataset": study.dataset_spec(config, scale, entry["dataset"]),
        "device": study.device_kind(config),
        "images": cell.images,
        "model": study.model_spec(config, scale, cell.model),
        "n1": cell.n1,
        "pairs": entry["pairs"],
        "precision": study.precision(config, scale, cell.model),
        "recipe": _recipe(config, scale, cell, "teacher"),
        "seeds": study.block_seeds(config, scale, cell.model, block),
        "tests": entry["test_images"],
        "threads": config["threads"],
    }


def students_spec(config: Config, scale: str, cell: Cell, block: int) -> Spec:
    """What determines the students of a block of teachers, but for code and versions."""
    entry = asked(config, scale, cell.transfer)
    return teachers_spec(config, scale, cell, block) | {
        "learners": entry["learners"],
        "n2": student_sizes(config, scale, cell),
        "recipe": _recipe(config, scale, cell, "student"),
        "soft": entry["soft"],
        "sources": entry["sources"],
        "student_images": cell.student_images,
    }


def measured_spec(config: Config, scale: str, transfer: str, model: str) -> Spec:
    """What determines what is measured of a model in a transfer, but for code and versions."""
    options = study.measure_options(config, scale, "smoothness")
    return {
        "cells": [
            students_spec(config, scale, cell, block)
            for cell in cells(config, scale, transfer, model)
            for block in study.blocks(config, scale, model)
        ],
        "device": study.device_kind(config),
        "seeds": study.seeds(config, scale, model),
        "smoothness": options if asked(config, scale, transfer)["smoothness"] else None,
        "threads": config["threads"],
    }


def _recipe(config: Config, scale: str, cell: Cell, whose: str) -> Spec:
    name = asked(config, scale, cell.transfer)["recipes"][whose]
    # Teachers and students see whole images.
    return study.recipe_spec(config, scale, cell.model, name) | {"crop": None}


def facts(config: Config, scale: str) -> dict[str, Any]:
    """The settings of transfers that the paper may print, and 1 for each ``experiments/<name>``.

    Of each model and kind of images ``n1`` and ``n2``, the largest numbers for teachers and for
    students (of any kind); and the ``steps`` of students.
    """
    found: dict[str, Any] = {}
    for transfer in transfers(config, scale):
        entry = asked(config, scale, transfer)
        found[f"experiments/{transfer}"] = 1
        found[f"{transfer}/test_images"] = entry["test_images"]
        for model, groups in entry["teachers"].items():
            found[f"{transfer}/{model}/teachers"] = len(study.seeds(config, scale, model))
            recipe = study.recipe_spec(config, scale, model, entry["recipes"]["student"])
            found[f"{transfer}/{model}/steps"] = recipe["max_epochs"] * recipe["epoch_steps"]
            for images, group in groups.items():
                found[f"{transfer}/{model}/{images}/n1"] = max(group["images"])
                found[f"{transfer}/{model}/{images}/n2"] = max(map(max, group["students"].values()))
    return found
