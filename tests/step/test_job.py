"""What goes on around a job, without Snakemake."""

import errno
import logging
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from rethinking.errors import InputError
from rethinking.git import git
from rethinking.step.hashes import source_hashes
from rethinking.step.job import DISCARDED, job
from rethinking.step.provenance import read_record, record_of, write_records


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    """A job that makes a table from a result and a source."""
    monkeypatch.chdir(tmp_path)
    for folder in ("results", "paper", ".snakemake"):
        (tmp_path / folder).mkdir()
    (tmp_path / "results/in.csv").write_text("x")
    (tmp_path / "paper/main.tex").write_text("not a result, without a record")
    write_records([tmp_path / "results/in.csv"], {})
    sources = source_hashes(["paper/main.tex"])
    spec = {"a": 1, "code": {}, "source_files": sources, "versions": {"numpy": "0"}}
    before = signal.getsignal(signal.SIGTERM)
    yield SimpleNamespace(
        input=["results/in.csv", "results/in.provenance.json", "paper/main.tex"],
        output=["results/out.csv", "results/out.provenance.json"],
        log=["job.log"],
        config={"results_dir": "results"},
        rule="metrics",
        params=SimpleNamespace(spec=spec),
    )
    signal.signal(signal.SIGTERM, before)


def write(path, text="y"):
    Path(path).write_text(text)


def test_the_record_says_by_what_where_when_and_at_what_cost(snakemake, tmp_path):
    with job(snakemake) as about:
        write("results/out.csv")
        about["seconds_of_all_attempts"] = 5
    record = read_record(tmp_path / "results/out.provenance.json")
    assert set(record) - {"commit_unknown"} == {  # tests may run where git does not know
        "sha256", "rule", "spec", "commit", "dirty", "started", "seconds", "seconds_to_start",
        "peak_memory_mib",
        "host", "processor", "gpu", "python", "versions", "seconds_of_all_attempts",
    }  # fmt: skip
    assert record["spec"] == snakemake.params.spec
    assert record["versions"]["numpy"] != "0"  # what is installed where the job ran
    assert record["peak_memory_mib"] > 1


def test_a_record_names_no_commit_of_a_repository_around_the_project(
    snakemake, tmp_path, monkeypatch
):
    who = ("-c", "user.name=A", "-c", "user.email=a@b.example")
    git(tmp_path, "init")
    git(tmp_path, *who, "commit", "--allow-empty", "--message=foreign")
    (tmp_path / "project").mkdir()
    monkeypatch.setattr("rethinking.step.job.ROOT", tmp_path / "project")
    with job(snakemake):
        write("results/out.csv")
    record = read_record(tmp_path / "results/out.provenance.json")
    assert (record["commit"], record["dirty"]) == (None, None)
    assert record["commit_unknown"].startswith("git: not a git repository")


def test_warnings_of_the_package_are_shown_once_beside_the_log(snakemake, tmp_path, capsys):
    with job(snakemake):
        logging.getLogger("rethinking.data.read").warning("2 files left out")
        logging.getLogger("rethinking.data.read").info("read")
        logging.getLogger("matplotlib").warning("no such font")
        write("results/out.csv")
    assert capsys.readouterr().err == "warning: 2 files left out\n"
    written = (tmp_path / "job.log").read_text()
    assert all(line in written for line in ("2 files left out", "read", "no such font"))


def test_a_damaged_input_is_named_and_removed_and_the_job_does_not_start(snakemake, tmp_path):
    write("results/in.csv", "z")
    with pytest.raises(SystemExit, match=r"error: results/in\.csv: damaged"), job(snakemake):
        write("results/out.csv")
    assert not (tmp_path / "results/in.csv").exists()
    assert not record_of(tmp_path / "results/in.csv").exists()
    assert not (tmp_path / "results/out.csv").exists()
    assert DISCARDED.read_text() == "results/in.csv\n"
    assert "CRITICAL results/in.csv: damaged" in (tmp_path / "job.log").read_text()


def test_a_damaged_record_is_named_and_removed(snakemake, tmp_path):
    edited = (tmp_path / "results/in.provenance.json").read_text().replace("in.csv", "on.csv")
    write("results/in.provenance.json", edited)
    said = r"error: results/in\.csv: damaged \(results/in\.provenance\.json: damaged"
    with pytest.raises(SystemExit, match=said), job(snakemake):
        pass
    assert not (tmp_path / "results/in.provenance.json").exists()


def test_leftovers_of_a_killed_writer_go_and_other_files_stay(snakemake, tmp_path):
    for name in (".out.123.csv", ".out.csv", ".out.1.2.csv", "out.123.csv", ".in.123.csv"):
        write(f"results/{name}")
    with job(snakemake):
        write("results/out.csv")
    names = {path.name for path in (tmp_path / "results").iterdir()}
    assert ".out.123.csv" not in names
    assert {".out.csv", ".out.1.2.csv", "out.123.csv", ".in.123.csv"} <= names


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_no_more_is_one_line(snakemake, number):
    said = rf"error: results/out\.csv: {os.strerror(number)}; fix that and run again"
    with pytest.raises(SystemExit, match=said), job(snakemake):
        raise OSError(number, os.strerror(number), "results/out.csv")


def test_a_mistake_of_the_users_is_one_line_and_any_other_a_traceback(snakemake, tmp_path):
    with pytest.raises(SystemExit, match="error: no such thing"), job(snakemake):
        raise InputError("no such thing")
    with pytest.raises(ZeroDivisionError), job(snakemake):
        _ = 1 / 0
    assert "Traceback" in (tmp_path / "job.log").read_text()


def test_a_gpu_that_is_full_is_one_line_that_names_the_remedy(snakemake, tmp_path):
    said = r"^error: CUDA out of memory; see docs/faq\.md, out of memory$"
    with pytest.raises(SystemExit, match=said), job(snakemake):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    assert "2.00 GiB" in (tmp_path / "job.log").read_text()


def test_sigterm_ends_the_job_in_order(snakemake):
    with pytest.raises(SystemExit, match="error: terminated"), job(snakemake):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_damaged_input_that_cannot_be_removed_is_one_line(snakemake, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr("rethinking.step.job.discard", refuse)
    write("results/in.csv", "z")
    said = r"remove it and run again \(results/in\.csv: Permission denied\)"
    with pytest.raises(SystemExit, match=said), job(snakemake):
        pass


def test_code_that_is_not_what_the_job_was_planned_with_ends_it(snakemake, tmp_path):
    snakemake.params.spec["code"] = {"rethinking.seeds": "0" * 16}
    said = r"seeds\.py: changed since Snakemake started; run again"
    with pytest.raises(SystemExit, match=said), job(snakemake):
        write("results/out.csv")
    assert not (tmp_path / "results/out.csv").exists()


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_source_that_is_not_what_the_job_was_planned_with_ends_it(snakemake, tmp_path, when):
    said = r"^error: paper/main\.tex: changed since Snakemake started; run again$"
    if when == "before":
        write("paper/main.tex", "new")
    with pytest.raises(SystemExit, match=said), job(snakemake):
        write("paper/main.tex", "new")
    assert not (tmp_path / "results/out.provenance.json").exists()
