"""A training that is killed, again and again, ends with the bytes of one that was not."""

import multiprocessing
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from filelock import FileLock, Timeout

from rethinking.data.dataset import save
from rethinking.networks.train import train_block
from rethinking.step.resume import SAVE_EVERY_VARIABLE, Saver, State, lease
from tests.conftest import make_dataset
from tests.networks.test_train import RESNET, SPEC


class KilledError(Exception):
    pass


@pytest.fixture
def files(tmp_path):
    base = make_dataset()
    save(base, tmp_path / "base.safetensors")
    # True labels are learnt sooner: the members of a block end at different epochs.
    for seed, noise in ((0, 0.0), (1, 1.0), (2, 0.5)):
        random = np.random.default_rng(seed)
        labels = np.where(random.random(60) < noise, random.integers(5, size=60), 0)
        save(replace(base, train_labels=labels), tmp_path / f"seed-{seed}.safetensors", base)
    return {
        "dataset": tmp_path / "base.safetensors",
        "corrupted": [tmp_path / f"seed-{seed}.safetensors" for seed in (0, 1, 2)],
        "weights": tmp_path / "run.safetensors",
        "info": tmp_path / "run.json",
        "curve": tmp_path / "run.csv",
        "resume": tmp_path / "resume",
    }


def outcome(files):
    return [files[name].read_bytes() for name in ("weights", "info", "curve")]


RECIPE = SPEC["recipe"] | {"max_epochs": 6}
# Of four steps each, for three networks one after the other: two dozen kills.
FEW_EPOCHS = RECIPE | {"max_epochs": 2}
ALEXNET = {"name": "a", "module": "alexnet", "options": {"width_factor": 0.1}}
CASES = {
    "stacked": {"recipe": RECIPE | {"max_epochs": 30, "learning_rate": 0.3}},
    "one cycle": {"recipe": RECIPE | {"schedule": "one_cycle", "weight_decay": 0.01}},
    "adam": {
        "recipe": RECIPE
        | {"optimizer": "adam", "max_epochs": 30, "learning_rate": 0.01, "epoch_steps": 6}
    },
    "no momentum": {"recipe": RECIPE | {"momentum": 0.0}},
    "batch norm": {"model": RESNET, "recipe": FEW_EPOCHS},
    "convolutions": {"model": ALEXNET, "recipe": FEW_EPOCHS | {"schedule": "exponential"}},
    # Not the ResNet: on single pixels, which it makes of images as small as these, the gradients of
    # oneDNN's strided bfloat16 convolutions differ from one call to the next.
    "bfloat16": {"model": ALEXNET, "precision": "bfloat16", "recipe": FEW_EPOCHS},
    "diverged": {"recipe": RECIPE | {"learning_rate": 1e30}},
    "dropout": {
        "model": {"name": "m", "module": "mlp", "options": {"hidden": [16], "dropout": 0.5}}
    },
    "augmentation": {"recipe": RECIPE | {"random_crop": 1, "flip": 0.5}},
    "augmented convolutions": {
        "model": ALEXNET,
        "recipe": FEW_EPOCHS | {"random_crop": 1, "stop_at_train_accuracy": None},
    },
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [1, 3])
def test_killed_after_every_few_steps_it_ends_with_the_same_bytes(files, monkeypatch, case, steps):
    spec = SPEC | {"seeds": [0, 1, 2]} | CASES[case]
    train_block(**files | {"resume": files["resume"] / "undisturbed"}, spec=spec)
    undisturbed = outcome(files)
    if case == "stacked":
        assert undisturbed[1].count(b"interpolated") >= 2
        epochs = {line for line in undisturbed[1].splitlines() if b"epochs" in line}
        assert len(epochs) > 1
    for name in ("weights", "info", "curve"):
        files[name].unlink()

    done, whole_save = 0, Saver.save

    def due(self):
        nonlocal done
        done += 1
        return done % steps == 0

    def save_and_die(self, name, state):
        whole_save(self, name, state)
        if name.startswith("part") and state.progress["training"]:
            raise KilledError

    monkeypatch.setattr(Saver, "due", due)
    monkeypatch.setattr(Saver, "save", save_and_die)
    kills = 0
    while not files["weights"].exists():
        try:
            train_block(**files, spec=spec)
        except KilledError:
            kills += 1
    assert kills >= (1 if case == "diverged" else 3)
    assert outcome(files) == undisturbed


def test_nothing_is_left_of_the_states_of_a_finished_run_but_links(files):
    train_block(**files, spec=SPEC)
    (folder,) = files["resume"].iterdir()
    assert {path.name for path in folder.iterdir()} == {
        "weights", "info", "curve", "finished.state",
    }  # fmt: skip
    assert (folder / "weights").samefile(files["weights"])


def test_a_finished_run_whose_outputs_were_removed_is_put_back_not_trained(files, monkeypatch):
    train_block(**files, spec=SPEC)
    before = outcome(files)
    for name in ("weights", "info", "curve"):
        files[name].unlink()
    monkeypatch.setattr("rethinking.training.members.fit", None)
    train_block(**files, spec=SPEC)
    assert outcome(files) == before


def test_other_settings_do_not_go_on_from_the_state_of_these(files):
    train_block(**files, spec=SPEC)
    train_block(**files, spec=SPEC | {"recipe": RECIPE | {"max_epochs": 2}})
    assert b'"epochs": 2' in files["info"].read_bytes()


def test_a_damaged_finished_run_is_trained_again(files, caplog):
    train_block(**files, spec=SPEC)
    before = outcome(files)
    content = bytearray(before[0])
    content[-3] ^= 1
    files["weights"].write_bytes(content)  # in place: the link in the folder of states as well
    train_block(**files, spec=SPEC)
    assert outcome(files) == before
    assert "weights: damaged; discarded, the run starts anew" in caplog.text


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "text"])
def test_a_damaged_state_is_discarded_with_a_warning(tmp_path, caplog, damage):
    saver = Saver(tmp_path)
    saver.save("part-0", State({"a": torch.arange(50.0)}, {"epoch": 3}))
    path = tmp_path / "part-0.state"
    content = bytearray(path.read_bytes())
    random = np.random.default_rng(0)
    for place in random.integers(len(content), size=40):
        damaged = {
            "flipped": content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :],
            "cut": content[:place],
            "empty": b"",
            "text": b"no state",
        }[damage]
        path.write_bytes(damaged)
        caplog.clear()
        assert saver.load("part-0") is None
        assert "part-0.state: damaged" in caplog.text
        assert not path.exists()


def test_a_state_reads_back(tmp_path):
    Saver(tmp_path).save("part-0", State({"a": torch.arange(5.0)}, {"epoch": 3, "x": [0.1, None]}))
    state = Saver(tmp_path).load("part-0")
    assert torch.equal(state.tensors["a"], torch.arange(5.0))
    assert (state.progress["epoch"], state.progress["x"]) == (3, [0.1, None])
    assert Saver(tmp_path).load("part-1") is None


def test_the_seconds_of_earlier_attempts_are_counted(tmp_path):
    first = Saver(tmp_path)
    first._started -= 100
    first.save("part-0", State({}, {}))
    second = Saver(tmp_path)
    assert second.seconds < 50
    second.load("part-0")
    assert 100 < second.seconds < 150


def test_a_signal_ends_training_at_a_save_from_which_it_goes_on(files, monkeypatch):
    spec = SPEC | {"recipe": RECIPE}
    train_block(**files | {"resume": files["resume"] / "undisturbed"}, spec=spec)
    undisturbed = outcome(files)
    due, asked = Saver.due, []

    def ask_once(self):
        if len(asked) < 2:
            asked.append(os.kill(os.getpid(), (signal.SIGTERM, signal.SIGINT)[len(asked)]))
        return due(self)

    monkeypatch.setattr(Saver, "due", ask_once)
    before = signal.getsignal(signal.SIGTERM)
    for _ in range(2):
        with pytest.raises(SystemExit, match="the state is saved"):
            train_block(**files, spec=spec)
    train_block(**files, spec=spec)
    assert outcome(files) == undisturbed
    assert signal.getsignal(signal.SIGTERM) is before


def test_states_are_saved_as_often_as_the_variable_says(tmp_path, monkeypatch):
    assert not Saver(tmp_path).due()
    monkeypatch.setenv(SAVE_EVERY_VARIABLE, "0")
    assert Saver(tmp_path).due()


def hold(path, held, let_go):
    with lease(path):
        held.set()
        let_go.wait(60)


def test_a_lease_excludes_others_and_goes_with_its_holder_however_that_ends(tmp_path):
    path = tmp_path / ".lease"
    context = multiprocessing.get_context("spawn")
    held, let_go = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(path, held, let_go))
    holder.start()
    assert held.wait(60)
    with pytest.raises(Timeout):
        FileLock(path).acquire(timeout=0)
    assert f"process {holder.pid} on " in path.read_text()
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    with lease(path):
        assert f"process {os.getpid()} on " in path.read_text()


def test_who_waits_for_a_lease_says_for_whom(tmp_path, caplog, monkeypatch):
    caplog.set_level("INFO")
    path = tmp_path / ".lease"
    first = FileLock(path)
    first.acquire()
    path.write_text("process 5 on there\n")
    whole_acquire = FileLock.acquire

    def acquire(self, timeout=-1):
        if timeout != 0:
            first.release()
        return whole_acquire(self, timeout=timeout)

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with lease(path):
        assert "waiting for process 5 on there, which is at work on this run" in caplog.text
