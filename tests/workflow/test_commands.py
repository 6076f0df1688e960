"""The commands around the workflow, on its results at scale smoke."""

import json
import re
import shutil

import pytest
import yaml

from rethinking.step.provenance import read_record, record_of
from rethinking.tables import read_table
from tests.helpers.project import (
    CONFIG,
    RESULTS,
    edit,
    results_of,
    rethinking,
    smoke,
    write_config,
)

SUMMARY = "tables/randomization/summary.csv"


@pytest.fixture
def published(copy):
    """A copy whose results are the published ones."""
    reference = copy / "results/reference/smoke" / SUMMARY
    reference.parent.mkdir(parents=True)
    shutil.copyfile(copy / RESULTS / SUMMARY, reference)
    return copy


def test_the_manifest_lists_every_published_file_and_the_run_that_made_it(built):
    artefacts = json.loads((built / RESULTS / "manifest.json").read_text())["artefacts"]
    listed = {entry["path"]: entry for entry in artefacts}
    assert set(listed) == {
        "paper.pdf",
        "values.json",
        "claims.json",
        *(
            f"tables/{experiment}/{table}.csv"
            for experiment in ("randomization", "corruption", "regularization")
            for table in ("runs", "summary", "curves")
        ),
        *(
            f"tables/{experiment}/{table}.csv"
            for experiment in ("smoothness", "frequency")
            for table in ("runs", "summary", "profiles")
        ),
        *(
            f"tables/{construction}/{table}.csv"
            for construction in ("expressivity", "implicit")
            for table in ("runs", "summary")
        ),
        *(
            f"tables/{transfer}/{table}.csv"
            for transfer in ("two_stage", "random_walk")
            for table in ("runs", "summary", "sample_efficiency", "confusion")
        ),
        "tables/corruption/examples.csv",
        "tables/frequency/planes.csv",
        *(
            f"figures/{figure}.{suffix}"
            for figure in yaml.safe_load((built / "config.yaml").read_text())["figures"]["drawn"]
            for suffix in ("pdf", "png")
        ),
        *(f"report/{page}.html" for page in ("claims", "networks", "summaries")),
    }
    for path, entry in listed.items():
        record = read_record(record_of(built / RESULTS / path))
        assert entry["sha256"] == record["sha256"][path.rpartition("/")[2]]
        assert (entry["rule"], entry["started"]) == (record["rule"], record["started"])


def test_what_was_published_is_reproduced_by_itself(published):
    rows = len(read_table(published / RESULTS / SUMMARY))
    said = f"{rows} reproduced, 0 differs, 0 missing\n"
    assert rethinking(published, "verify", "smoke") == (0, said)


def test_one_number_that_differs_is_seen(published):
    reference = published / "results/reference/smoke" / SUMMARY
    table = read_table(reference)
    row = table.index[table["metric"] == "train_accuracy"][0]
    table.loc[row, ["mean", "low", "high"]] -= 0.5
    table.to_csv(reference, index=False)
    code, output = rethinking(published, "verify", "smoke")
    assert code == 1
    assert (
        "differs: randomization: train_accuracy of digits, true_labels, 0.0, mlp3x512, " in output
    )
    assert output.endswith(f"{len(table) - 1} reproduced, 1 differs, 0 missing\n")


def test_a_number_that_is_missing_is_seen(published):
    reference = published / "results/reference/smoke" / SUMMARY
    table = read_table(reference)
    table.loc[0, "model"], metric = "gone", table.loc[0, "metric"]
    table.to_csv(reference, index=False)
    code, output = rethinking(published, "verify", "smoke")
    assert code == 1
    said = f"missing: randomization: {metric} of digits, true_labels, 0.0, gone, one_cycle"
    assert said in output


def test_a_damaged_or_deleted_published_file_is_seen(published):
    with (published / RESULTS / "values.json").open("a") as file:
        file.write(" ")
    (published / RESULTS / "figures/label_noise.pdf").unlink()
    code, output = rethinking(published, "verify", "smoke")
    assert code == 1
    assert f"damaged or newer than the manifest: {RESULTS}/values.json" in output
    assert f"missing: {RESULTS}/figures/label_noise.pdf" in output
    code, output = rethinking(published, "run", *CONFIG)
    assert code == 0, output
    assert f"{RESULTS}/values.json: damaged" in output
    assert rethinking(published, "verify", "smoke")[0] == 0


def test_a_damaged_manifest_or_table_is_no_dead_end(published):
    (published / RESULTS / SUMMARY).write_text("")
    code, output = rethinking(published, "verify", "smoke")
    assert code == 1
    assert re.search(r"0 reproduced, 0 differs, [1-9]\d* missing\n$", output)
    assert "Traceback" not in output
    edit(published / RESULTS / "manifest.json", "paper.pdf", "paper.pdx")
    code, output = rethinking(published, "verify", "smoke")
    assert (code, len(output.splitlines())) == (1, 1)
    assert "manifest.json: damaged" in output
    for _ in range(2):  # what a damaged manifest lists is not looked at
        assert rethinking(published, "run", *CONFIG)[0] == 0
    assert rethinking(published, "verify", "smoke")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "error: nothing was published at scale 'nothing'; known: demo, part"),
        (
            ["demo", "--results-dir", "none"],
            "error: none/demo/manifest.json is missing; build the paper first, by make paper",
        ),
    ],
)
def test_verify_ends_a_mistake_with_one_line(built, arguments, said):
    code, output = rethinking(built, "verify", *arguments)
    assert (code, output) == (1, f"{said}\n")


def test_clean_lists_what_the_config_does_not_ask_for_and_removes_it(built, copy, tmp_path):
    root = copy / RESULTS
    assert rethinking(copy, "clean", *CONFIG) == (0, f"{RESULTS}: nothing to remove\n")
    state = root / ".resume/0123456789abcdef/part-0.state"
    for path in (state, root / "figures/old.pdf", root / "old/a/b.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    other = copy / "results/reference/other.csv"
    other.write_text("x")
    code, output = rethinking(copy, "clean", *CONFIG)  # nobody answers
    assert code == 1
    assert output.endswith("Remove them? [y/N] Nothing was removed.\n")
    assert state.exists()
    code, output = rethinking(copy, "clean", "--yes", *CONFIG)
    assert code == 0
    listed = output.splitlines()
    assert {str(path.relative_to(copy)) for path in (state, root / "figures/old.pdf")} < {*listed}
    assert "3 files, 0.0 MB, that the config does not ask for" in listed
    assert not (root / "old").exists()
    assert not state.exists()
    assert other.exists()
    assert results_of(copy) == results_of(built)

    conditions = {"mlp3x512": ["true_labels"], "resnet18": ["true_labels"]}
    names = ("randomization", "corruption", "smoothness", "frequency")
    experiments = {name: {"conditions": conditions} for name in names}
    experiments["regularization"] = {"conditions": {"mlp3x512": ["true_labels"]}}
    fewer = write_config(tmp_path / "fewer.yaml", smoke(experiments=experiments))
    code, output = rethinking(copy, "clean", "--yes", "--configfile", fewer)
    assert code == 0, output
    runs = sorted(path.name for path in (root / "runs/digits").iterdir())
    assert runs == ["true_labels"]
    assert (root / "figures/label_noise.pdf").exists()


def test_clean_takes_no_targets(built):
    code, output = rethinking(built, "clean", "figures", *CONFIG)
    assert (code, output) == (1, "error: this command takes no targets, but got figures\n")


def test_clean_leaves_links_to_folders_alone(copy, tmp_path):
    runs = copy / RESULTS / "runs"
    runs.rename(tmp_path / "runs")
    runs.symlink_to(tmp_path / "runs")
    assert rethinking(copy, "clean", "--yes", *CONFIG) == (0, f"{RESULTS}: nothing to remove\n")
    assert runs.is_symlink()


def test_forecast_says_how_long_all_took_and_others_may_know_it_beforehand(copy):
    code, output = rethinking(copy, "forecast", *CONFIG)
    assert (code, output) == (0, "Nothing is stale.\n")
    times = copy / "results/reference/smoke/times.csv"
    code, output = rethinking(copy, "forecast", "--write-times", str(times), *CONFIG)
    assert (code, output) == (0, "")
    rows = read_table(times)
    trained = rows[rows["rule"] == "train"]
    assert set(trained["model"]) == {"mlp", "resnet18"}
    assert (trained[["seconds", "operations", "numbers"]] > 0).all(axis=None)
    # Libraries alone take that long to load.
    assert (trained["seconds"] > 0.5).all()

    shutil.rmtree(copy / RESULTS)
    code, output = rethinking(copy, "forecast", "--cores", "2", *CONFIG)
    assert code == 0, output
    (count,) = re.findall(
        r"^(\d+) of \1 steps are stale: .* on 2 cores; 0.0 GPU hours", output, re.M
    )
    known = sum(map(int, re.findall(r"of the same work \((\d+)\)", output)))
    assert known == int(count)
    assert f" ({count} steps)\n" in output.partition("By times from: ")[2]


def test_forecast_writes_no_times_where_there_are_none(built, tmp_path):
    code, output = rethinking(built, "forecast", "--write-times", str(tmp_path / "t.csv"))
    assert (code, output) == (1, "error: there are no results at scale demo; build them first\n")


def test_a_dry_run_changes_nothing(copy):
    before = results_of(copy)
    shutil.rmtree(copy / ".snakemake")
    edit(
        copy / "src/rethinking/figures/helpers/style.py",
        '"lines.markersize": 4',
        '"lines.markersize": 5',
    )
    code, output = rethinking(copy, "run", "--dry-run", *CONFIG)
    assert code == 0, output
    assert results_of(copy) == before


def test_help_names_every_command(built):
    code, output = rethinking(built, "--help")
    assert code == 0
    for command in ("run", "why", "forecast", "clean", "verify", "archive"):
        assert f"\n    {command} " in output


@pytest.mark.parametrize("command", ["run", "why", "forecast", "clean", "verify"])
def test_a_command_in_another_folder_is_one_line(built, command):
    code, output = rethinking(built / "src", command)
    assert code == 1
    assert output == "error: there is no Snakefile here; go to the project's folder first\n"
    assert not (built / "src/.snakemake").exists()
