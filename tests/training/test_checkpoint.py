"""The trained networks of a block on disk."""

import pytest
import torch
from safetensors.torch import load_file

from rethinking.errors import InputError
from rethinking.files import read_json
from rethinking.training.checkpoint import load_block, save_block
from rethinking.training.run import Trained
from tests.helpers.training import MLP, RESNET18, build


def trained(network):
    return [
        Trained(4, "interpolated", 17, build(network, 4).state_dict()),
        Trained(9, "diverged", 2, build(network, 9).state_dict()),
    ]


@pytest.fixture
def files(tmp_path):
    return {"weights": tmp_path / "a/run.safetensors", "info": tmp_path / "a/run.json"}


@pytest.mark.parametrize("network", [MLP, RESNET18])
def test_a_block_reads_back(files, network):
    before = trained(network)
    save_block(**files, trained=before, about={})
    after = load_block(**files)
    assert [(one.seed, one.status, one.epochs) for one in after] == [
        (4, "interpolated", 17),
        (9, "diverged", 2),
    ]
    for one, other in zip(before, after, strict=True):
        assert set(one.state) == set(other.state)
        assert all(torch.equal(other.state[name], w) for name, w in one.state.items())
        assert all(other.state[name].dtype == w.dtype for name, w in one.state.items())
    stacked = load_file(files["weights"])
    assert all(stacked[name].shape == (2, *w.shape) for name, w in before[0].state.items())


def test_what_lies_otherwise_in_memory_reads_back(files):
    # As the weights of convolutions do, and those of stacked members.
    weights = torch.arange(24.0).view(2, 3, 2, 2).to(memory_format=torch.channels_last)
    state = {"a": weights, "b": torch.arange(6.0).view(2, 3).mT}
    save_block(**files, trained=[Trained(0, "interpolated", 1, state)], about={})
    (back,) = load_block(**files)
    assert all(torch.equal(back.state[name], tensor) for name, tensor in state.items())


def test_a_block_says_what_it_is_and_what_was_measured_of_each_network(files):
    measured = [[{"metric": "a", "value": 0.5}], [{"metric": "a", "value": None}]]
    save_block(**files, trained=trained(MLP), about={"model": "m"}, measured=measured)
    assert read_json(files["info"]) == {
        "model": "m",
        "members": [
            {"seed": 4, "status": "interpolated", "epochs": 17, "metrics": measured[0]},
            {"seed": 9, "status": "diverged", "epochs": 2, "metrics": measured[1]},
        ],
    }
    save_block(**files, trained=trained(MLP), about={})
    assert all("metrics" not in member for member in read_json(files["info"])["members"])


def test_weights_never_stand_without_their_description(files, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("rethinking.training.checkpoint.write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        save_block(**files, trained=trained(MLP), about={})
    assert not files["weights"].exists()


@pytest.mark.parametrize("name", ["weights", "info"])
@pytest.mark.parametrize("damage", ["cut", "empty", "missing"])
def test_a_damaged_block_is_named_with_the_remedy(files, name, damage):
    save_block(**files, trained=trained(MLP), about={})
    content = files[name].read_bytes()
    files[name].unlink()
    if damage != "missing":
        files[name].write_bytes(content[: -len(content) // 9] if damage == "cut" else b"")
    with pytest.raises(InputError, match=r"run\.safetensors: damaged .*; delete .* to have it reb"):
        load_block(**files)
