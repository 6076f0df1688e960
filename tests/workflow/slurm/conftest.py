"""A Slurm cluster, and a copy of the project that uses it."""

import shutil

import pytest

from tests.helpers.cluster import Cluster, missing
from tests.helpers.project import CONFIG, edit, run
from tests.helpers.slurm_study import LONG, PAIR, RUNS, SHORT, Study, targets


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
    """The cluster with an empty queue, before and after the test."""
    assert cluster.jobs() == []
    yield cluster
    cluster.repair()
    left = cluster.jobs()
    cluster.cancel_all()
    assert left == []


@pytest.fixture(scope="session")
def quiet(cluster, built, tmp_path_factory):
    """The project with its trainings done, undisturbed, on this machine. Not to be changed.

    It depends on the cluster without a use of it, so that nothing is trained where that is skipped.
    """
    folder = tmp_path_factory.mktemp("quiet") / "project"
    shutil.copytree(built, folder, symlinks=True)
    edit(folder / "config.yaml", SHORT, LONG)
    code, output = run(folder, *targets(RUNS), *CONFIG)
    assert code == 0, output
    return folder


@pytest.fixture
def study(idle, quiet, tmp_path):
    """A study whose networks are yet to be trained; their descendants are no targets."""
    folder = tmp_path / "project"
    shutil.copytree(quiet, folder, symlinks=True)
    for one in PAIR:
        shutil.rmtree(folder / one)
    study = Study(idle, folder, tmp_path / "output.txt")
    yield study
    if study.process is not None and study.process.poll() is None:
        study.kill()
        study.process.wait()
