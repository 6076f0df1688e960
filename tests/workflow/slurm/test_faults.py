"""What clusters do to jobs: twice each, first in the middle of training, then as it goes on."""

import socket
from functools import partial

import pytest

from rethinking.commands.queue import HOST
from tests.helpers.cluster import GPU_NODE
from tests.helpers.slurm_study import PAIR

pytestmark = pytest.mark.slurm

TIMES = 2


def restarted(cluster, number, times):
    """Whether Slurm has queued a job again so often."""
    return cluster.restarts(number) == times


def over(cluster, number):
    """Whether a job has come to its end."""
    return cluster.state(number) == "COMPLETED"


def asked_in_vain(study, before):
    """Whether Snakemake has asked a controller that was not there."""
    return "Falling back to 'sacct'" in study.output().removeprefix(before)


def test_cancelled_jobs_are_submitted_again(quiet, study):
    study.start()
    for _ in range(TIMES):
        study.wait_for_training()
        number, _ = study.seen
        study.cluster.ask("scancel", number)
    output = study.end()
    assert study.process.returncode == 0, output
    assert study.states() == ["CANCELLED"] * TIMES + ["COMPLETED"]
    study.check(quiet)


def test_jobs_of_a_node_that_crashes_are_queued_again_by_slurm(quiet, study):
    cluster = study.cluster
    study.start()
    for time in range(TIMES):
        study.wait_for_training()
        number, _ = study.seen
        cluster.crash_node(GPU_NODE)
        if time == 1:  # a node that stays away until it is missed
            study.until(partial(cluster.is_down, GPU_NODE))
        cluster.start_node(GPU_NODE)
        study.until(partial(restarted, cluster, number, time + 1))
    output = study.end()
    assert study.process.returncode == 0, output
    assert study.states() == ["NODE_FAIL"] * TIMES + ["COMPLETED"]
    study.check(quiet)


def test_the_controller_may_go_away_and_come_back(quiet, study):
    study.start()
    study.wait_for_training()
    study.cluster.stop_controller()
    study.until(partial(asked_in_vain, study, study.output()))
    study.cluster.start_controller()
    output = study.end()
    assert study.process.returncode == 0, output
    # Training does not notice.
    assert not any("going on" in study.logged(one).read_text() for one in PAIR)
    study.check_bytes(quiet)


@pytest.mark.parametrize("fault", ["interrupt", "kill"])
def test_after_the_end_of_snakemake_the_same_command_goes_on(quiet, study, fault):
    for time in range(TIMES):
        study.start()
        study.wait_for_training()
        getattr(study, fault)()
        output = study.end()
        assert study.process.returncode != 0
        if fault == "interrupt":
            assert study.cluster.jobs() == []
        elif time:
            assert "cancelling 1 Slurm jobs, left behind by a run that was killed" in output
    study.start()
    output = study.end()
    assert study.process.returncode == 0, output
    study.check(quiet)


def test_jobs_of_a_run_on_another_machine_are_left_alone(study):
    study.start()
    study.wait_for_training()
    study.kill()
    study.end()
    jobs = study.cluster.jobs()
    assert jobs
    host = study.folder / HOST
    assert host.read_text() == socket.gethostname()
    host.write_text("elsewhere")
    study.start()
    output = study.end()
    assert study.process.returncode == 1
    (line,) = output.splitlines()
    assert line.startswith("error: a run that was started on elsewhere has jobs in Slurm's queue")
    assert study.cluster.jobs() == jobs
    study.cluster.cancel_all()


def test_preempted_jobs_save_end_and_are_queued_again(quiet, study):
    cluster = study.cluster
    study.start()
    for time in range(TIMES):
        study.wait_for_training()
        number, _ = study.seen
        urgent = cluster.submit("urgent", "true", "--cpus-per-task=4")
        study.until(partial(restarted, cluster, number, time + 1))
        study.until(partial(over, cluster, urgent))
    output = study.end()
    assert study.process.returncode == 0, output
    assert study.states() == ["REQUEUED"] * TIMES + ["COMPLETED"]
    study.check(quiet)
