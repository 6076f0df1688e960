"""A Slurm cluster, and a copy of the project that uses it."""

import contextlib
import re
import shutil

import psutil
import pytest

from rethinking.commands.queue import PREFIX
from rethinking.training.resume import SAVE_EVERY_VARIABLE
from tests.workflow.conftest import finished, results_of, start, until
from tests.workflow.slurm.cluster import Cluster, missing

# The jobs train on the CPUs of this machine, whatever GPUs they ask for.
SMOKE = ("--profile", "slurm", "--config", "scale=smoke", "device=cpu")
RUNS = "results/smoke/runs/digits"
# Two networks that share a queue entry, the one done long before the other.
SHORT, LONG = (f"{RUNS}/{c}/mlp3x512/constant" for c in ("true_labels", "label_noise-1.00"))
TARGETS = tuple(f"{run}/block-0/run.json" for run in (SHORT, LONG))


@pytest.fixture(scope="session")
def cluster(request, tmp_path_factory):
    """A cluster that lasts for all tests."""
    if request.config.option.markexpr != "slurm":
        pytest.skip("make slurm runs this, on a Slurm of its own")
    if missing():
        pytest.fail(f"this machine lacks {', '.join(missing())}")
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def idle(cluster):
    """The cluster, with nothing in its queue; nor must there be anything after the test."""
    assert cluster.jobs() == []
    yield cluster
    left = cluster.jobs()
    cluster.cancel_all()
    assert left == []


class Study:
    """A copy of the project in which two networks are to be trained on a cluster."""

    def __init__(self, cluster, folder, log):
        self.cluster, self.folder, self.log = cluster, folder, log
        self.process = None
        self.trained, self.seen = 0, None

    def start(self, *arguments, targets=TARGETS):
        """Start a run that saves the states of training all the time, which makes it slow too."""
        with self.log.open("w") as output:
            self.process = start(
                self.folder,
                *("-m", "rethinking", "run", *targets, *SMOKE, *arguments),
                output=output,
                **{**self.cluster.environment, SAVE_EVERY_VARIABLE: "0"},
            )

    def wait_for_training(self):
        """Wait until the short training is finished and the long one goes on, in a new attempt."""
        if not self.trained:
            record = self.folder / SHORT / "block-0/run.provenance.json"
            until(record.exists, self.process)
            self.trained = self.logged(SHORT).stat().st_mtime_ns
        until(lambda: self.attempt() not in (None, self.seen), self.process)
        self.seen, before = self.attempt(), self.saved()
        until(lambda: self.saved() not in ("", before), self.process)

    def attempt(self):
        """The Slurm job that trains, and how often it was queued again."""
        for job in self.cluster.jobs():
            if job["name"].startswith(PREFIX) and job["state"] == "RUNNING":
                return job["id"], self.cluster.restarts(job["id"])
        return None

    def saved(self):
        """When the state of the long training was last saved."""
        states = (self.folder / "results/smoke/.resume").glob("*/part-0.state")
        with contextlib.suppress(FileNotFoundError):
            return " ".join(str(path.stat().st_mtime_ns) for path in states)
        return ""

    def interrupt(self):
        """Press Control-C."""
        for process in [*psutil.Process(self.process.pid).children(), self.process]:
            process.send_signal(2)

    def kill(self):
        """Kill the run and Snakemake, not what they have submitted."""
        for process in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
            process.kill()

    def end(self):
        """Wait for the end; all that was printed since the start."""
        finished(self.process)
        return self.output()

    def output(self):
        """What was printed since the start."""
        return self.log.read_text()

    def states(self):
        """How each attempt of a Slurm job of the last run ended, in their order."""
        (name,) = re.findall("SLURM run ID: (.*)", self.output())
        return [
            job["State"].split()[0] for job in self.cluster.accounts() if job["JobName"] == name
        ]

    def logged(self, run):
        """The log of the last attempt at a training."""
        return self.folder / f"{run}/block-0.log".replace("smoke/runs", "smoke/logs/runs")

    def check(self, built):
        """Nothing was trained twice, and the bytes are those of a quiet run."""
        short, long = (self.logged(run).read_text() for run in (SHORT, LONG))
        again = self.logged(SHORT).stat().st_mtime_ns != self.trained
        assert not again or "an earlier attempt had finished" in short
        # What a killed run has left behind may end by itself.
        assert "going on from epoch" in long or "an earlier attempt had finished" in long
        self.check_bytes(built)

    def check_bytes(self, built):
        """The bytes are those of an undisturbed run."""
        assert results_of(self.folder) == results_of(built)


@pytest.fixture
def study(idle, copy, tmp_path):
    """A study whose two networks are yet to be trained; what follows from them is not asked for."""
    for run in (SHORT, LONG):
        shutil.rmtree(copy / run)
    study = Study(idle, copy, tmp_path / "output.txt")
    yield study
    if study.process is not None and study.process.poll() is None:
        study.kill()
        study.process.wait()
