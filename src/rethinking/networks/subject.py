"""A trained network of an experiment as measures take it, read from the results of a scale."""

from pathlib import Path

import torch

from rethinking.data.dataset import load
from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.measures.helpers.metric import Subject
from rethinking.networks.train import build_for, training_data
from rethinking.step.provenance import read_record, record_of
from rethinking.training.checkpoint import load_block


def subject_of(results: Path, run: str, seed: int) -> Subject:
    """Load a network and the data that it was trained and tested on, on the CPU.

    Args:
        results: The folder with the results of a scale.
        run: The folder of the networks below that, as ``values.json`` names it.
        seed: Which of them.

    Raises:
        InputError: There is no network of that seed, or a file is damaged.
    """
    places = {
        member["seed"]: (info, place)
        for info in sorted((results / run).glob("block-*/run.json"))
        for place, member in enumerate(read_json(info)["members"])
    }
    if seed not in places:
        known = ", ".join(map(str, places)) or "none"
        raise InputError(f"{results / run}: no network of seed {seed}; there are: {known}")
    info, place = places[seed]
    weights = info.with_suffix(".safetensors")
    spec = read_record(record_of(weights))["spec"]
    data = results / "data" / spec["dataset"]["name"]
    base = load(data / "dataset.safetensors")
    dataset = load(data / spec["condition"] / f"seed-{seed}.safetensors", base)
    network = build_for(dataset, spec, seed)
    network.load_state_dict(load_block(weights, info)[place].state)
    recipe = spec["recipe"]
    inputs = training_data([dataset], recipe["scaling"], recipe["crop"], torch.device("cpu"))
    return Subject(
        network.train(False),
        True,
        inputs.train_images[0],
        inputs.train_labels[0],
        inputs.test_images[0],
        inputs.test_labels[0],
        seed,
    )
