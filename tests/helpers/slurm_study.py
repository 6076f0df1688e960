"""A copy of the project whose networks are trained on a Slurm cluster."""

import contextlib
import re
import signal

import psutil

from rethinking.commands.queue import NAME
from rethinking.step.resume import SAVE_EVERY_VARIABLE
from tests.helpers.project import CONFIG, PATIENCE_S, RESULTS, finished, results_of, start, until

# The jobs train on the CPUs of this machine, though they request GPUs.
SMOKE = ("--profile", "slurm", *CONFIG, "device=cpu")
CONDITIONS = ("true_labels", "label_noise-0.50", "label_noise-1.00")
RUNS = tuple(f"{RESULTS}/runs/digits/{one}/mlp3x512/constant/block-0" for one in CONDITIONS)
# Two trainings share a queue entry and are done one after the other, in any order. Each takes the
# same number of epochs, which are many.
PAIR = RUNS[:2]
SHORT = "constant: {learning_rate: 0.01, max_epochs: 60}"
LONG = "constant: {learning_rate: 0.00001, max_epochs: 150}"


def targets(runs):
    """The targets of a run: the descriptions of trainings."""
    return [f"{one}/run.json" for one in runs]


class Study:
    """A copy of the project in which networks are to be trained on a cluster."""

    def __init__(self, cluster, folder, log):
        self.cluster, self.folder, self.log = cluster, folder, log
        self.process = self.seen = self.done = None
        self.trained = 0

    def start(self, *arguments, runs=PAIR):
        """Start a run that saves its state after each epoch, which makes it slow too."""
        with self.log.open("w") as output:
            self.process = start(
                self.folder,
                *("-m", "rethinking", "run", *targets(runs), *SMOKE, *arguments),
                output=output,
                **{**self.cluster.environment, SAVE_EVERY_VARIABLE: "0"},
            )

    def wait_for_training(self):
        """Wait until one training is finished and the other goes on, in a new attempt."""
        if self.done is None:
            self.until(self.finished)
            (self.done,) = self.finished()
            self.trained = self.logged(self.done).stat().st_mtime_ns
        self.until(lambda: self.attempt() not in (None, self.seen))
        self.seen, before = self.attempt(), self.saved()
        self.until(lambda: self.saved() not in ("", before))

    def until(self, condition):
        """Wait for a condition; fail with all output if the run ends before."""
        try:
            until(condition, self.process)
        except BaseException as error:
            error.add_note(self.output())
            raise

    def finished(self):
        """The trainings whose records are written."""
        return [one for one in PAIR if (self.folder / one / "run.provenance.json").exists()]

    def attempt(self):
        """The Slurm job that trains, and how often it was queued again."""
        for job in self.cluster.jobs():
            if NAME.fullmatch(job["name"]) and job["state"] == "RUNNING":
                return job["id"], self.cluster.restarts(job["id"])
        return None

    def saved(self):
        """When the state of the training under way was last saved."""
        states = (self.folder / RESULTS / ".resume").glob("*/part-0.state")
        with contextlib.suppress(FileNotFoundError):
            return " ".join(str(path.stat().st_mtime_ns) for path in states)
        return ""

    def interrupt(self):
        """Press Control-C."""
        self.process.send_signal(signal.SIGINT)

    def kill(self):
        """Kill the run and Snakemake, not what they have submitted."""
        for process in [*psutil.Process(self.process.pid).children(recursive=True), self.process]:
            process.kill()

    def end(self):
        """Wait for the end; all that was printed since the start."""
        finished(self.process, PATIENCE_S)
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

    def logged(self, one):
        """The log of the last attempt at a training."""
        return self.folder / f"{one}.log".replace("smoke/runs", "smoke/logs/runs")

    def check(self, quiet):
        """Nothing was trained twice, and the bytes are those of an undisturbed run."""
        (other,) = set(PAIR) - {self.done}
        done, long = (self.logged(one).read_text() for one in (self.done, other))
        again = self.logged(self.done).stat().st_mtime_ns != self.trained
        assert not again or "an earlier attempt had finished" in done
        # What a killed run has left behind may end by itself.
        assert "going on from epoch" in long or "an earlier attempt had finished" in long
        self.check_bytes(quiet)

    def check_bytes(self, quiet):
        """The bytes are those of an undisturbed run."""
        assert results_of(self.folder) == results_of(quiet)
