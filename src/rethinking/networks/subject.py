"""Load a trained network of an experiment and its data, for measures."""

from pathlib import Path

import msgspec
import torch

from rethinking.data.corrupt import find_corrupted, load_corrupted
from rethinking.data.dataset import load
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.measures.helpers.metric import Subject
from rethinking.networks.metrics import subject
from rethinking.networks.specs import TrainSpec
from rethinking.step.provenance import read_record, record_of
from rethinking.training.checkpoint import load_block
from rethinking.training.data import build_for, training_data


def subject_of(results: Path, run: str, seed: int) -> Subject:
    """Load a network and the data that it was trained and tested on, on the CPU.

    ``run`` is the folder of the networks below the results of a scale, as in ``values.json``. A
    seed without a network raises InputError.
    """
    members = {
        member["seed"]: (info, index)
        for info in sorted((results / run).glob("block-*/run.json"))
        for index, member in enumerate(read_json(info)["members"])
    }
    if seed not in members:
        known = ", ".join(map(str, members)) or "none"
        raise InputError(f"{results / run}: no network of seed {seed}; there are: {known}")
    info, index = members[seed]
    weights = info.with_suffix(".safetensors")
    spec = msgspec.convert(read_record(record_of(weights))["spec"], TrainSpec)
    data = results / "data" / spec.dataset.name
    blocks = find_corrupted(sorted((data / spec.condition).glob("block-*.safetensors")))
    base = load(data / "dataset.safetensors")
    dataset = load_corrupted(blocks[spec.condition, seed], base, seed)
    recipe = spec.recipe
    network = build_for(dataset, spec.model, recipe.crop, seed)
    network.load_state_dict(load_block(weights, info)[index].state)
    inputs = training_data([dataset], recipe.scaling, recipe.crop, torch.device("cpu"))
    return subject(network.train(False), inputs, seed)
