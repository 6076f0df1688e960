"""The paper from nothing, and GPUs that are given out one by one."""

import re
import shutil
import time
from pathlib import Path

import pytest

from tests.helpers.project import PATIENCE_S, RESULTS, edit, finished, results_of, start
from tests.helpers.slurm_study import RUNS, SMOKE

pytestmark = pytest.mark.slurm


def test_the_paper_from_nothing_is_the_same_bytes_in_few_queue_entries(built, copy, idle):
    shutil.rmtree(copy / RESULTS)
    shutil.rmtree(copy / ".snakemake")
    began = time.monotonic()
    process = start(copy, "-m", "snakemake", *SMOKE, **idle.environment)
    code, output = finished(process, 2 * PATIENCE_S)
    print(f"the smoke paper on Slurm: {time.monotonic() - began:.0f} s")
    assert code == 0, output
    assert results_of(copy) == results_of(built)
    (name,) = re.findall("SLURM run ID: (.*)", output)
    entries = [job for job in idle.accounts() if job["JobName"] == name]
    print(f"{len(entries)} queue entries")
    assert {job["State"] for job in entries} == {"COMPLETED"}
    assert {job["Partition"] for job in entries} == {"cpu", "gpu"}
    (log,) = re.findall(r"(\S+\.snakemake\.log)", output)
    assert Path(log).read_text().count("\nFinished jobid: ") > 5 * len(entries)


def test_of_three_jobs_that_want_one_of_two_gpus_the_third_waits(quiet, study, idle):
    # They request GPUs, and train on CPUs.
    edit(study.folder / "profiles/slurm/config.yaml", "&with_gpus gpu}", "&with_gpus gpu, gpu: 1}")
    shutil.rmtree(study.folder / RUNS[2])
    study.start("--group-components", "train=1", runs=RUNS)
    running = set()

    def third_waits():
        states = sorted(job["state"] for job in idle.jobs())
        running.add(states.count("RUNNING"))
        return states == ["PENDING", "RUNNING", "RUNNING"] and "Resources" in idle.ask(
            "squeue", "--noheader", "--states=PENDING", "--format=%r"
        )

    study.until(third_waits)
    while study.process.poll() is None:
        third_waits()
    output = study.end()
    assert study.process.returncode == 0, output
    assert max(running) == 2
    study.check_bytes(quiet)


def test_what_is_left_to_the_machine_is_refused_where_another_one_works(study, idle):
    study.start("precision=auto")
    output = study.end()
    assert study.process.returncode == 1
    assert output.splitlines()[-1].startswith(
        "error: device, precision: auto looks at this machine"
    )
    assert idle.jobs() == []
