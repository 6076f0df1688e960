"""Small trainings: made-up data, recipes, the spec and the files of a block."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from rethinking.data.dataset import ARRAYS, Dataset, save, save_arrays
from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.networks.specs import TrainSpec
from rethinking.step.resume import Saver
from rethinking.training.curve import Epoch
from rethinking.training.data import TrainingData
from rethinking.training.fit import fit
from rethinking.training.networks import build_network
from rethinking.training.recipe import Recipe
from rethinking.training.run import Trained

# Of the images of `made_up`.
SHAPE, CLASSES = (1, 4, 4), 4
# A module of rethinking.models and its options.
MLP = ("mlp", {"hidden": [64, 32]})
RESNET18 = ("resnet18", {"width_factor": 0.125})

RECIPE = Recipe(
    name="plain",
    optimizer="sgd",
    batch_size=16,
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=0.0,
    schedule="constant",
    max_epochs=200,
    stop_at_train_accuracy=1.0,
    scaling="per_image",
)

# For `make_dataset` of tests/conftest.py.
RESNET = ModelSpec("r", *RESNET18)
SPEC = TrainSpec(
    dataset=DatasetSpec("made_up", "digits", {}),
    condition="label_noise-0.50",
    seeds=[0, 1],
    model=ModelSpec("m", "mlp", {"hidden": [32]}),
    recipe=replace(RECIPE, max_epochs=3),
    compute=Compute("cpu", 1),
)


def train_spec(recipe: Mapping = {}, **changes) -> TrainSpec:
    """`SPEC` with other fields, and with other fields of its recipe."""
    return replace(SPEC, **{"recipe": replace(SPEC.recipe, **recipe)} | changes)


def write_block(path: Path, datasets: Mapping[int, Dataset], base: Dataset, condition: str) -> None:
    """Write data sets of some seeds as `rethinking.data.corrupt.write_corrupted` does.

    Args:
        path: The file to write.
        datasets: For each seed; arrays that are those of ``base`` are left out.
        base: The uncorrupted data.
        condition: Of the block.
    """
    arrays = {
        f"{seed}/{name}": getattr(one, name)
        for seed, one in datasets.items()
        for name in ARRAYS
        if getattr(one, name) is not getattr(base, name)
    }
    names = {seed: one.class_names for seed, one in datasets.items()}
    save_arrays(arrays, {"condition": condition, "class_names": json.dumps(names)}, path)


def block_files(
    folder: Path, base: Dataset, blocks: Sequence[Mapping[int, Dataset]]
) -> dict[str, Path | list[Path]]:
    """Write data, and name all files of a training.

    Args:
        folder: For all of them.
        base: The uncorrupted data.
        blocks: For each file of corrupted data, the data set of each seed.

    Returns:
        The arguments of `rethinking.networks.train.train_block`, but for its spec.
    """
    save(base, folder / "base.safetensors")
    corrupted = [folder / f"block-{number}.safetensors" for number in range(len(blocks))]
    for path, datasets in zip(corrupted, blocks, strict=True):
        write_block(path, datasets, base, SPEC.condition)
    return {
        "dataset": folder / "base.safetensors",
        "corrupted": corrupted,
        "weights": folder / "run.safetensors",
        "info": folder / "run.json",
        "curve": folder / "run.csv",
        "resume": folder / "resume",
    }


def outcome(files: Mapping[str, Path]) -> list[bytes]:
    """The bytes of all that a training has written."""
    return [files[name].read_bytes() for name in ("weights", "info", "curve")]


def made_up(seeds: Sequence[int], n: int = 60) -> TrainingData:
    """Random images, the same for all members, and random labels of each member's own."""
    images = torch.randn(1, n, *SHAPE, generator=torch.Generator().manual_seed(0))
    labels = torch.stack(
        [
            torch.randint(CLASSES, (n,), generator=torch.Generator().manual_seed(seed))
            for seed in seeds
        ]
    )
    return TrainingData(images, labels, images[:, :20], labels[:, :20])


def of_many_sizes() -> TrainingData:
    """Three members on nested parts of two sets, with class probabilities for labels."""
    whole = made_up([0, 1, 2])
    sets = torch.cat([whole.train_images, whole.train_images.flip(1)])
    labels = torch.nn.functional.one_hot(whole.train_labels, CLASSES).float()
    labels[2] = 0.9 * labels[2] + 0.1 / CLASSES
    return TrainingData(
        sets, labels, sets[:, :20], labels[:, :20], sets=(0, 1, 1), sizes=(10, 60, 25)
    )


def build(network: tuple[str, Mapping], seed: int) -> nn.Module:
    """A network for the images of `made_up`."""
    module, options = network
    return build_network(module, options, SHAPE, CLASSES, seed)


def fit_networks(
    networks: Sequence[nn.Module],
    data: TrainingData,
    recipe: Recipe,
    seeds: Sequence[int],
    compiled: bool = False,
    watch: Callable[[Sequence[Epoch]], None] | None = None,
) -> tuple[list[Trained], list[Epoch]]:
    """Train networks together, whose labels in the curves are their seeds."""
    with tempfile.TemporaryDirectory() as folder:
        saver = Saver(Path(folder))
        return fit(networks, data, recipe, seeds, seeds, saver, "t", compiled=compiled, watch=watch)


def train(
    network: tuple[str, Mapping],
    seeds: Sequence[int],
    recipe: Recipe = RECIPE,
    data: TrainingData | None = None,
) -> tuple[list[Trained], list[Epoch]]:
    """Train networks of an architecture together, on `made_up` if no data are given."""
    networks = [build(network, seed) for seed in seeds]
    return fit_networks(networks, data or made_up(seeds), recipe, seeds)
