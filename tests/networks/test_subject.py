from dataclasses import replace

import pytest

from rethinking.data.dataset import save
from rethinking.errors import InputError
from rethinking.measures.accuracy import measure
from rethinking.networks.subject import subject_of
from rethinking.networks.train import train_block
from rethinking.step.provenance import write_records
from tests.conftest import make_dataset
from tests.networks.test_measure import SPEC

RUN = "runs/d/label_noise-1.00/m/plain"


@pytest.fixture
def results(tmp_path):
    """Two blocks of one network each, trained until they fit labels of their own."""
    base = make_dataset()
    data = tmp_path / "data/d"
    save(base, data / "dataset.safetensors")
    for seed in (0, 1):
        labels = (base.train_labels + seed + 1) % base.classes
        corrupted = data / f"label_noise-1.00/seed-{seed}.safetensors"
        save(replace(base, train_labels=labels), corrupted, base)
        files = [
            tmp_path / RUN / f"block-{seed}/run.{end}" for end in ("safetensors", "json", "csv")
        ]
        spec = SPEC | {"seeds": [seed], "condition": "label_noise-1.00"}
        train_block(data / "dataset.safetensors", [corrupted], *files, tmp_path / "resume", spec)
        write_records(files, {"spec": spec})
    return tmp_path


@pytest.mark.parametrize("seed", [0, 1])
def test_a_network_comes_with_the_labels_that_it_fits(results, seed):
    subject = subject_of(results, RUN, seed)
    assert subject.seed == seed
    labels = (make_dataset().train_labels + seed + 1) % 5
    assert subject.train_labels.tolist() == labels.tolist()
    found = {metric.name: metric.value for metric in measure(subject)}
    assert found["train_accuracy"] == 1


def test_a_seed_that_there_is_not_is_named_with_those_there_are(results):
    with pytest.raises(InputError, match="no network of seed 2; there are: 0, 1"):
        subject_of(results, RUN, 2)
