"""Signals reach a command and what it has started, each once, and nothing is left at work."""

import os
import signal
import subprocess
import sys

import pytest

from rethinking.commands.group import ENDING, run_as_group

# Each says when it is ready, and at Control-C by what it was ended; a shell is between them, as
# between Snakemake and a step.
STEP = """
import os, signal, sys
def end(number, frame):
    os.write(1, f"{sys.argv[1]} interrupted\\n".encode())
    sys.exit(3)
signal.signal(signal.SIGINT, end)
"""
JOB = f"{STEP}print('ready', flush=True)\nwhile True: signal.pause()\n"
SNAKEMAKE = f"""
import subprocess
{STEP}
shell = subprocess.Popen(["bash", "-c", 'set -e; "$0" -c "$1" job; true', sys.executable, {JOB!r}])
while True: signal.pause()
"""
RUN = """
import signal, sys
{ignoring}
from rethinking.commands.group import run_as_group
sys.exit(run_as_group([sys.executable, "-c", {snakemake!r}, "snakemake"]))
"""


@pytest.fixture(autouse=True)
def heard():
    """What a shell starts in the background ignores Control-C; here nothing does."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def start(ignoring=""):
    """Start a run that has started a job."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN.format(ignoring=ignoring, snakemake=SNAKEMAKE)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process):
    """Its exit code, and what was printed until all had ended that could print."""
    output, _ = process.communicate(timeout=60)
    return process.returncode, sorted(output.splitlines())


EACH_ONCE = ["job interrupted", "snakemake interrupted"]


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["alone", "all"])
def test_a_request_to_end_interrupts_all_that_is_at_work(number, send):
    process = start()
    send(process.pid, number)
    assert ended(process) == (128 + number, EACH_ONCE)


def test_what_nohup_ignores_stays_ignored():
    process = start("signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    os.kill(process.pid, signal.SIGHUP)
    os.kill(process.pid, signal.SIGTERM)
    assert ended(process) == (128 + signal.SIGTERM, EACH_ONCE)


def test_a_run_that_is_paused_goes_on():
    process = start()
    os.kill(process.pid, signal.SIGTSTP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    os.kill(process.pid, signal.SIGCONT)
    os.kill(process.pid, signal.SIGINT)
    assert ended(process) == (128 + signal.SIGINT, EACH_ONCE)


def test_a_request_to_end_a_command_that_has_not_started_ends_it(monkeypatch):
    whole_popen = subprocess.Popen

    def popen(*arguments, **options):
        os.kill(os.getpid(), signal.SIGTERM)
        return whole_popen(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", popen)
    before = signal.getsignal(signal.SIGTERM)
    assert run_as_group(["tail", "-f", "/dev/null"]) == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_exit_code_of_a_command_is_handed_on():
    assert [run_as_group([sys.executable, "-c", f"exit({n})"]) for n in (0, 5)] == [0, 5]
