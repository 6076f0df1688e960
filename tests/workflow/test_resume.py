"""A run that is killed goes on, and ends with the bytes of one that was not."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from rethinking.step.resume import SAVE_EVERY_VARIABLE
from tests.helpers.project import (
    CONFIG,
    RESULTS,
    SMOKE,
    STEP,
    at_work,
    finished,
    kill,
    results_of,
    rethinking,
    run,
    start,
    until,
)

ALWAYS = {SAVE_EVERY_VARIABLE: "0"}
TABLE = (f"{RESULTS}/tables/corruption/runs.csv", *SMOKE)
MODEL = "runs/digits/label_noise-1.00/mlp3x512/constant"
BLOCKS, LOG = f"{RESULTS}/{MODEL}", f"{RESULTS}/logs/{MODEL}/block-0.log"


@pytest.fixture
def untrained(copy):
    """A copy in which a table needs a block of networks to be trained, the one that takes longest.

    Everything else that was made from them is left as it is, and is no target.
    """
    shutil.rmtree(copy / BLOCKS)
    for table in ("runs", "summary"):
        for suffix in ("csv", "provenance.json"):
            (copy / RESULTS / f"tables/corruption/{table}.{suffix}").unlink()
    return copy


def begin(folder, tmp_path):
    """Start a run and wait until its first step, the training, has saved a state."""
    with (tmp_path / "output.txt").open("w") as output:
        process = start(folder, "-m", "rethinking", "run", *TABLE, output=output, **ALWAYS)
    states = folder / RESULTS / ".resume"
    until(lambda: any(states.glob("*/part-0.state")), process)
    return process


@pytest.mark.parametrize("killed", ["trainers", "snakemake", "all"])
def test_killed_at_work_the_same_command_goes_on_to_the_same_bytes(
    built, untrained, tmp_path, killed
):
    process = begin(untrained, tmp_path)
    trainers = at_work(untrained, STEP)
    assert trainers
    snakemakes = at_work(untrained, "snakemake")
    victims = {
        "trainers": trainers,
        "snakemake": [one for one in snakemakes if one not in trainers],
        "all": [*snakemakes, *trainers, *at_work(untrained, "rethinking")],
    }[killed]
    kill(victims)
    assert process.wait() != 0 or killed == "all"
    code, output = rethinking(untrained, "run", *TABLE)
    assert code == 0, output
    if killed == "snakemake":
        assert "left behind by a run that was killed" in output
    if killed != "trainers":
        assert "unlocking the folder" in output
    assert "going on from epoch" in (untrained / LOG).read_text()
    assert results_of(untrained) == results_of(built)
    assert not any((untrained / RESULTS / ".resume").iterdir())
    assert not at_work(untrained, "snakemake")


def test_an_interrupted_run_says_that_the_same_command_goes_on(untrained, tmp_path):
    process = begin(untrained, tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() == 130
    last = (tmp_path / "output.txt").read_text().splitlines()[-1]
    assert last == "rethinking: interrupted; the same command goes on"


def test_a_finished_run_that_snakemake_had_not_recorded_is_not_trained_again(
    built, untrained, tmp_path
):
    process = begin(untrained, tmp_path)
    trainers = at_work(untrained, STEP)
    around = [*at_work(untrained, "rethinking"), *at_work(untrained, "snakemake")]
    kill([one for one in around if one not in trainers])
    process.wait()
    # The training goes on and finishes, but Snakemake does not record it.
    for trainer in trainers:
        trainer.wait()
    code, output = rethinking(untrained, "run", *TABLE)
    assert code == 0, output
    assert "an earlier attempt had finished" in (untrained / LOG).read_text()
    assert results_of(untrained) == results_of(built)


def test_two_runs_at_once_do_everything_once(built, untrained):
    runs = [start(untrained, "-m", "rethinking", "run", *TABLE) for _ in range(2)]
    ended = [finished(process) for process in runs]
    assert [code for code, _ in ended] == [0, 0], ended
    outputs = [output for _, output in ended]
    assert sum("waiting for another `rethinking run` in this folder" in o for o in outputs) == 1
    assert sum(output.count(": Training ") for output in outputs) == 1
    assert results_of(untrained) == results_of(built)


def test_a_second_snakemake_is_refused_and_a_run_waits(built, untrained, tmp_path):
    with (tmp_path / "output.txt").open("w") as output:
        snakemake = start(untrained, "-m", "snakemake", *TABLE, output=output)
    until(lambda: at_work(untrained, STEP), snakemake)
    code, output = run(untrained, *TABLE)
    assert code == 1
    assert "LockException" in output
    # It ends as a zombie, because its exit code is read later.
    code, output = rethinking(untrained, "run", *TABLE)
    assert snakemake.wait() == 0, (tmp_path / "output.txt").read_text()
    assert code == 0, output
    assert f"waiting for Snakemake, process {snakemake.pid}" in output
    assert "Nothing to be done" in output
    assert results_of(untrained) == results_of(built)


def flip(path):
    """Change a byte, and nothing that a look at the folder shows."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


# Damaged results, and a result that is made from each.
@pytest.mark.parametrize(
    "readers",
    [
        {
            "data/digits/random_pixels/block-0.safetensors": "tables/corruption/examples.csv",
            "runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.provenance.json": (
                "tables/randomization/runs.csv"
            ),
            "measures/smoothness/digits/resnet18/constant/true_labels.csv": (
                "tables/smoothness/runs.csv"
            ),
        },
        {"values.json": "paper/values.tex"},
    ],
)
def test_a_damaged_result_is_named_and_made_again(built, copy, readers):
    for damaged in readers:
        flip(copy / RESULTS / damaged)
    targets = [f"{RESULTS}/{reader}" for reader in readers.values()]
    code, output = rethinking(copy, "run", "--cores", "2", "--force", *targets)
    assert code == 0, output
    for damaged in readers:
        assert f"{RESULTS}/{damaged}: damaged" in output
    assert output.count("was damaged; making it again") == len(readers)
    assert "Traceback" not in output
    assert rethinking(copy, "run", *SMOKE)[0] == 0
    assert results_of(copy) == results_of(built)


def test_plain_snakemake_stops_at_a_damaged_result_and_makes_it_the_next_time(built, copy):
    flip(copy / RESULTS / "tables/corruption/summary.csv")
    target = f"{RESULTS}/figures/label_noise.pdf"
    code, output = run(copy, "--force", target)
    assert code == 1
    assert "error: results/smoke/tables/corruption/summary.csv: damaged" in output
    code, output = run(copy, target)
    assert code == 0, output
    assert results_of(copy) == results_of(built)


def on_a_mount(folder, place, options, *command):
    """Run a command of the project's in a copy, with a small file system mounted on a folder."""
    if subprocess.run(["unshare", "--map-root-user", "--mount", "true"], check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    mount = f"mount -t tmpfs -o {options} none {place}"
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    done = subprocess.run(
        [*unshare, sys.executable, "-m", "rethinking", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_full_disk_is_one_line_and_leaves_nothing_half_done(built, untrained):
    small = untrained / BLOCKS
    small.mkdir()
    code, output = on_a_mount(untrained, small, "size=900k", "run", *TABLE)
    assert code == 1
    last = output.splitlines()[-1]
    assert last.startswith("rethinking: failed: train: ")
    assert "No space left on device; fix that and run again (results/smoke/logs/runs/" in last
    assert "Traceback" not in output
    code, output = rethinking(untrained, "run", *TABLE)
    assert code == 0, output
    assert results_of(untrained) == results_of(built)


def test_results_that_cannot_be_written_are_one_line(copy):
    code, output = on_a_mount(copy, copy / "results", "ro", "run", *SMOKE)
    assert code == 1
    line = "error: results_dir: results cannot be written to; fix that or choose another"
    assert output.splitlines()[-1] == line
    assert "Traceback" not in output
    assert rethinking(copy, "why", *CONFIG) == (0, "Nothing is stale.\n")
