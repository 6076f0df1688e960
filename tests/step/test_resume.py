"""A training that is killed, again and again, ends with the bytes of one that was not."""

import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from filelock import FileLock, Timeout

from rethinking.names.specs import ModelSpec
from rethinking.networks.train import train_block
from rethinking.step.resume import SAVE_EVERY_VARIABLE, Saver, State, lease, resumable
from tests.conftest import make_dataset
from tests.helpers.training import RESNET, SPEC, block_files, outcome, train_spec


class KilledError(Exception):
    pass


@pytest.fixture
def files(tmp_path):
    base, datasets = make_dataset(), {}
    # True labels are learnt sooner: the members of a block end at different epochs.
    for seed, noise in ((0, 0.0), (1, 1.0), (2, 0.5)):
        random = np.random.default_rng(seed)
        labels = np.where(random.random(60) < noise, random.integers(5, size=60), 0)
        datasets[seed] = replace(base, train_labels=labels)
    blocks = [{seed: datasets[seed] for seed in seeds} for seeds in ([0, 1], [2])]
    return block_files(tmp_path, base, blocks)


def elsewhere(files):
    """Another folder for states."""
    return {"resume": files["resume"].with_name("elsewhere")}


# Of four steps each, for three networks one after the other: two dozen kills.
FEW_EPOCHS = {"max_epochs": 2}
ALEXNET = ModelSpec("a", "alexnet", {"width_factor": 0.1})
CASES = {
    "stacked": train_spec({"max_epochs": 30, "learning_rate": 0.3}),
    "one cycle": train_spec({"max_epochs": 6, "schedule": "one_cycle", "weight_decay": 0.01}),
    "adam": train_spec(
        {"optimizer": "adam", "max_epochs": 30, "learning_rate": 0.01, "epoch_steps": 6}
    ),
    "no momentum": train_spec({"max_epochs": 6, "momentum": 0.0}),
    "batch norm": train_spec(FEW_EPOCHS, model=RESNET),
    "convolutions": train_spec(FEW_EPOCHS | {"schedule": "exponential"}, model=ALEXNET),
    # Not the ResNet: on single pixels, which it makes of images as small as these, the gradients of
    # oneDNN's strided bfloat16 convolutions differ from one call to the next.
    "bfloat16": train_spec(
        FEW_EPOCHS, model=ALEXNET, compute=replace(SPEC.compute, precision="bfloat16")
    ),
    "diverged": train_spec({"max_epochs": 6, "learning_rate": 1e30}),
    "dropout": train_spec(model=ModelSpec("m", "mlp", {"hidden": [16], "dropout": 0.5})),
    "augmentation": train_spec({"max_epochs": 6, "random_crop": 1, "flip": 0.5}),
    "augmented convolutions": train_spec(
        FEW_EPOCHS | {"random_crop": 1, "stop_at_train_accuracy": None}, model=ALEXNET
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [1, 3])
def test_killed_after_every_few_steps_it_ends_with_the_same_bytes(files, monkeypatch, case, steps):
    spec = replace(CASES[case], seeds=[0, 1, 2])
    train_block(**files | elsewhere(files), spec=spec)
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
        torch.manual_seed(kills)  # as good as another process
        try:
            train_block(**files, spec=spec)
        except KilledError:
            kills += 1
    assert kills >= (1 if case == "diverged" else 3)
    assert outcome(files) == undisturbed


def test_nothing_is_left_of_the_states_of_a_finished_run_but_links(files):
    train_block(**files, spec=SPEC)
    assert {path.name for path in files["resume"].iterdir()} == {
        "weights", "info", "curve", "finished.state",
    }  # fmt: skip
    assert (files["resume"] / "weights").samefile(files["weights"])


def test_a_finished_run_whose_outputs_were_removed_is_put_back_not_trained(files, monkeypatch):
    train_block(**files, spec=SPEC)
    before = outcome(files)
    for name in ("weights", "info", "curve"):
        files[name].unlink()
    monkeypatch.setattr("rethinking.networks.train.fit_members", None)
    train_block(**files, spec=SPEC)
    assert outcome(files) == before


def test_a_training_does_not_go_on_from_the_states_of_another(files):
    # Another spec has another folder (rethinking.step.call).
    train_block(**files, spec=SPEC)
    train_block(**files | elsewhere(files), spec=train_spec({"max_epochs": 2}))
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


def test_a_signal_ends_training_at_a_save_from_which_it_goes_on(files, monkeypatch):
    train_block(**files | elsewhere(files), spec=SPEC)
    undisturbed = outcome(files)
    due, sent = Saver.due, []

    def signal_once(self):
        if len(sent) < 2:
            sent.append(os.kill(os.getpid(), (signal.SIGTERM, signal.SIGINT)[len(sent)]))
        return due(self)

    monkeypatch.setattr(Saver, "due", signal_once)
    before = signal.getsignal(signal.SIGTERM)
    for _ in range(2):
        with pytest.raises(SystemExit, match="the state is saved"):
            train_block(**files, spec=SPEC)
    train_block(**files, spec=SPEC)
    assert outcome(files) == undisturbed
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "text"])
def test_a_damaged_state_is_discarded_with_a_warning(tmp_path, caplog, damage):
    saver = Saver(tmp_path)
    saver.save("part-0", State({"a": np.arange(50.0)}, {"epoch": 3}))
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


ARRAYS = {
    "a": np.arange(5.0),
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "count": np.array(7, dtype=np.float32),
    "bytes": np.arange(256, dtype=np.uint8),
    "none": np.zeros((0, 2)),
    "nan": np.array([np.nan, np.inf, -0.0]),
}


def test_a_state_reads_back(tmp_path):
    Saver(tmp_path).save("part-0", State(ARRAYS, {"epoch": 3, "x": [0.1, None, 1e-300]}))
    state = Saver(tmp_path).load("part-0")
    assert set(state.arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert state.arrays[name].dtype == array.dtype
        assert state.arrays[name].shape == array.shape
        assert state.arrays[name].tobytes() == array.tobytes()
    assert (state.progress["epoch"], state.progress["x"]) == (3, [0.1, None, 1e-300])
    assert Saver(tmp_path).load("part-1") is None


def test_states_need_no_torch():
    code = "import sys, rethinking.step.resume; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_seconds_of_earlier_attempts_are_counted(tmp_path, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("rethinking.step.resume.time.monotonic", lambda: now)
    first = Saver(tmp_path)
    now += 100
    assert first.seconds == 100
    first.save("part-0", State({}, {}))
    second = Saver(tmp_path)
    now += 5
    assert second.seconds == 5
    second.load("part-0")
    assert second.seconds == 105


def test_states_are_saved_as_often_as_the_variable_says(tmp_path, monkeypatch):
    assert not Saver(tmp_path).due()
    monkeypatch.setenv(SAVE_EVERY_VARIABLE, "0")
    assert Saver(tmp_path).due()


def count_to(end, path, attempts):
    """A training without a framework: it counts, and ends its first attempts at a save."""

    def make(saver):
        state = saver.load("count")
        count = 0 if state is None else state.progress["count"]
        attempts.append(count)
        while count < end:
            count += 1
            saver.save("count", State({}, {"count": count}))
            if count % 3 == 0:
                raise KilledError
        path.write_text(f"{count}")

    return make


def test_whatever_is_trained_goes_on_from_its_last_state(tmp_path):
    files, attempts = {"count": tmp_path / "run.txt"}, []
    for _ in range(2):
        with pytest.raises(KilledError):
            resumable(tmp_path / "resume", files, count_to(7, files["count"], attempts))
    given = resumable(tmp_path / "resume", files, count_to(7, files["count"], attempts))
    assert attempts == [0, 3, 6]
    assert files["count"].read_text() == "7"
    assert set(given) == {"seconds_of_all_attempts"}
    # It has finished; nothing more is done, whether its file is there or not.
    files["count"].unlink()
    resumable(tmp_path / "resume", files, count_to(7, files["count"], attempts))
    assert files["count"].read_text() == "7"
    assert len(attempts) == 3


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
