"""A trained network is found among results, with the data that it was trained on."""

from dataclasses import replace

import msgspec
import pytest

from rethinking.data.corrupt import corrupt, write_corrupted
from rethinking.data.dataset import save
from rethinking.data.specs import CorruptSpec
from rethinking.errors import InputError
from rethinking.measures.accuracy import measure
from rethinking.names.condition import parse_condition
from rethinking.names.specs import DatasetSpec, ModelSpec
from rethinking.networks.subject import subject_of
from rethinking.networks.train import train_block
from rethinking.step.provenance import write_records
from tests.conftest import make_dataset
from tests.helpers.training import train_spec

CONDITION = "label_noise-1.00"
RUN = f"runs/d/{CONDITION}/m/plain"
SPEC = train_spec(
    {"learning_rate": 0.2, "max_epochs": 300, "crop": 3},
    dataset=DatasetSpec("d", "digits", {}),
    condition=CONDITION,
    model=ModelSpec("m", "mlp", {"hidden": [64]}),
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two blocks of one network each, trained until they fit labels of their own."""
    folder = tmp_path_factory.mktemp("results")
    data = folder / "data/d"
    save(make_dataset(), data / "dataset.safetensors")
    # Blocks of data are larger than those of networks.
    block = data / CONDITION / "block-0.safetensors"
    write_corrupted(
        data / "dataset.safetensors", block, CorruptSpec(SPEC.dataset, CONDITION, [0, 1, 2])
    )
    for seed in (0, 1):
        files = [folder / RUN / f"block-{seed}/run.{end}" for end in ("safetensors", "json", "csv")]
        spec = replace(SPEC, seeds=[seed])
        train_block(data / "dataset.safetensors", [block], *files, folder / f"resume-{seed}", spec)
        # As a job leaves its record, with more in its spec than settings.
        told = msgspec.to_builtins(spec) | {"call": "networks.train:train_block", "versions": {}}
        write_records(files, {"spec": told})
    return folder


@pytest.mark.parametrize("seed", [0, 1])
def test_a_network_comes_with_the_labels_that_it_fits(results, seed):
    subject = subject_of(results, RUN, seed)
    assert subject.seed == seed
    expected = corrupt(make_dataset(), parse_condition(CONDITION), seed)
    assert subject.train_labels.tolist() == expected.train_labels.tolist()
    assert subject.train_images.shape == (60, 2, 3, 3)
    found = {metric.name: metric.value for metric in measure(subject)}
    assert found["train_accuracy"] == 1


def test_a_seed_that_there_is_not_is_named_with_those_there_are(results):
    with pytest.raises(InputError, match="no network of seed 2; there are: 0, 1"):
        subject_of(results, RUN, 2)
