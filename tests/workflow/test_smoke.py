"""The project's own workflow, run for real."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess

import pytest
import yaml
from pypdf import PdfReader
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
    StorageSettings,
)

from rethinking.tables import read_table, write_table
from tests.helpers.project import (
    CONFIG,
    RESULTS,
    planned,
    results_of,
    rethinking,
    run,
    write_config,
)


def test_the_paper_is_a_pdf_with_its_numbers_in_place(built):
    pdf = PdfReader(built / RESULTS / "paper.pdf")
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert "Scale: smoke." in text
    assert "not measured" not in text
    assert "??" not in text
    values = json.loads((built / RESULTS / "values.json").read_text())
    shown = values["randomization/mlp3x512/label_noise-1.00/test_accuracy"]["value"]
    assert f"{100 * shown:.1f} %" in text
    assert "References" in text


def test_it_is_built_by_a_python_whose_name_a_shell_takes_apart_and_that_has_no_libraries(built):
    python = str(built.parent / ".venv/bin/python")
    assert shlex.quote(python) != python
    alone = [python, "-I", "-c", "import snakemake"]
    if (built.parent / ".venv/pyvenv.cfg").exists():
        assert subprocess.run(alone, capture_output=True).returncode == 1
    assert (built / RESULTS / "paper.pdf").exists()


def test_a_folder_whose_name_snakemake_misreads_is_one_line(root, tmp_path):
    folder = tmp_path / "a{x}b"
    folder.mkdir()
    for part in ("Snakefile", "config.yaml", "workflow", "profiles", "src"):
        (folder / part).symlink_to(root / part)
    said = f"error: {folder}: Snakemake misreads {{ }} : in the path of a project; "
    assert rethinking(folder, "why") == (1, f"{said}rename or move the folder\n")


def without_absent(text, values):
    """LaTeX without what \\ifval leaves out, because there is no such value."""
    while found := re.search(r"\\ifval\{([^}]*)\}\{", text):
        end, depth = found.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        kept = text[found.end() : end - 1] if found[1] in values else ""
        text = text[: found.start()] + kept + text[end:]
    return text


def as_number(cell):
    try:
        return float(cell)
    except ValueError:
        return None


def test_every_number_that_the_paper_looks_up_is_there_and_names_its_source(built):
    values = json.loads((built / RESULTS / "values.json").read_text())
    for path in (built / "paper").rglob("*.tex"):
        known = {key for key, entry in values.items() if entry["value"] is not None}
        printed = without_absent(path.read_text(), known)
        for key in re.findall(r"\\(?:val|est)\{([^}]*)\}", printed):
            assert key in known, (path, key)
    for key, entry in values.items():
        if "row" not in entry or entry["source"] == "claims.json":
            continue
        with (built / RESULTS / entry["source"]).open() as file:
            row = list(csv.reader(file))[entry["row"] - 1]
        if entry["source"].endswith("summary.csv"):
            names = key.split("/")[1:]
            # Of a student, the learner and its labels are one name; what a network is regularised
            # with is a part of its recipe's.
            parts = {*row, *(cell.partition("-")[2] for cell in row)}
            numbers = {f"{number:g}" for number in map(as_number, row) if number is not None}
            known = parts | numbers | {"most"}
            assert all(name in known or set(name.split("-")) <= set(row) for name in names)
        assert entry["value"] is None or entry["value"] in [as_number(cell) for cell in row]


def test_nothing_is_wider_than_the_text(built):
    log = (built / RESULTS / "logs/paper/pdf.log").read_text()
    assert "Output written on main.pdf" in log
    assert re.findall(r"^Overfull .hbox.*", log, re.MULTILINE) == []


def test_figures_exist_as_pdf_and_png(built):
    drawn = yaml.safe_load((built / "config.yaml").read_text())["figures"]["drawn"]
    assert drawn
    for name in drawn:
        assert (built / f"{RESULTS}/figures/{name}.pdf").read_bytes()[:5] == b"%PDF-"
        assert (built / f"{RESULTS}/figures/{name}.png").read_bytes()[1:4] == b"PNG"


def test_every_table_has_declared_types_and_loses_nothing_when_it_is_read(built, tmp_path):
    tables = [*(built / RESULTS).rglob("*.csv")]
    assert {path.name for path in tables} >= {"run.csv", "examples.csv", "planes.csv", "runs.csv"}
    for path in tables:
        write_table(read_table(path), tmp_path / "t.csv")
        if path.is_relative_to(built / RESULTS / "tables") and path.stem != "examples":
            assert (tmp_path / "t.csv").read_bytes() == path.read_bytes(), path


def test_what_is_not_defined_is_in_the_summary_with_its_reason(built):
    with (built / RESULTS / "tables/smoothness/summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    undefined = {row["note"] for row in rows if row["model"] == "nearest_neighbour" if row["note"]}
    assert undefined == {"not defined: it jumps", "not defined: no network"}
    assert all(row["mean"] == "" for row in rows if row["note"])
    networks = [row for row in rows if row["model"] in ("mlp3x512", "resnet18")]
    assert {row["condition"] for row in networks} == {
        "untrained", "true_labels", "label_noise-1.00",
    }  # fmt: skip
    assert all(row["mean"] for row in networks)


def test_a_study_without_measures_of_functions_has_a_paper_without_their_sections(copy, tmp_path):
    mine = yaml.safe_load((copy / "config.yaml").read_text())["scales"]["smoke"]
    for name in ("smoothness", "frequency", "regularization"):
        del mine["experiments"][name]
    del mine["measures"], mine["transfers"], mine["constructions"]
    config = write_config(tmp_path / "mine.yaml", {"scale": "mine", "scales": {"mine": mine}})
    # All files are there that do not depend on which experiments there are.
    results = copy / "results/mine"
    shutil.copytree(copy / RESULTS, results)
    for name in ("claims.json", "values.json", "paper.pdf", "manifest.json"):
        (results / name).unlink()
    for path in results.glob("paper/*.tex"):
        path.unlink()
    code, output = run(copy, "--configfile", config)
    assert code == 0, output
    text = "\n".join(page.extract_text() for page in PdfReader(results / "paper.pdf").pages)
    assert "Limits" in text
    assert "smooth?" not in text
    assert "what the first has learned" not in text
    assert "Is it the regularisation?" not in text
    assert "Solutions of least norm" not in text
    assert "not measured" not in text


def test_a_second_run_does_nothing(copy):
    # Under another name of the same folder.
    code, output = run(copy, *CONFIG, "results_dir=./results/")
    assert code == 0, output
    assert "Nothing to be done" in output


def test_one_figure_can_be_asked_for(copy):
    shutil.rmtree(copy / RESULTS / "figures")
    target = f"{RESULTS}/figures/label_noise.png"
    assert planned(copy, target) == {"figure": 1}
    code, output = run(copy, target)
    assert code == 0, output
    assert (copy / target).exists()


def test_the_same_bytes_come_out_again_on_another_number_of_cores(built, copy):
    # Networks that train one by one and together, a measure, a construction, a table, a figure.
    targets = [
        "runs/digits/label_noise-1.00/mlp3x512/one_cycle/block-0/run.json",
        "measures/frequency/digits/resnet18/constant/true_labels.csv",
        "tables/implicit/summary.csv",
        "figures/implicit.pdf",
    ]
    paths = [f"{RESULTS}/{target}" for target in targets]
    code, output = run(copy, "--forceall", "--cores", "1", *CONFIG, "--", *paths)
    assert code == 0, output
    for path in paths:
        assert (copy / path).stat().st_mtime_ns > (built / path).stat().st_mtime_ns
    assert results_of(copy) == results_of(built)


def test_no_step_took_half_the_memory_that_it_asks_for(built):
    needs = yaml.safe_load((built / "workflow/resources.yaml").read_text())["rules"]
    for path in (built / RESULTS).rglob("*.provenance.json"):
        record = json.loads(path.read_text())
        asked = needs[record["rule"]]["digits"]["mem_mb"]
        assert record["peak_memory_mib"] * 2**20 / 1e6 < asked / 2, record["rule"]


def test_the_slurm_profile_is_found(built):
    code, output = run(built, "--profile", "slurm", "--dry-run", *CONFIG)
    assert code == 0, output
    assert "Using profiles slurm and workflow specific profile profiles/default" in output


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("scale=smok", "'smok' is not under scales; did you mean 'smoke'?"),
        ("scael=smoke", "config: scael: unknown key; did you mean 'scale'?"),
        ("threads=0", "config: threads: 0 is less than the minimum of 1"),
        ("recipes={constant: {momentum: 0.5}}", "give nested keys in a file, by --configfile"),
    ],
)
def test_a_mistake_in_the_config_ends_with_one_line(built, setting, said):
    code, output = run(built, "--dry-run", "--config", setting)
    assert code != 0
    assert said in output
    assert output.splitlines()[-1].startswith("error: config: ")
    assert "Traceback" not in output


def test_a_workflow_that_imports_this_one_is_told_so(tmp_path, root):
    lines = f"module ours:\n    snakefile: '{root}/Snakefile'\n    config: config\n"
    (tmp_path / "Snakefile").write_text(f"{lines}use rule * from ours\n")
    code, output = run(tmp_path, "--dry-run")
    assert code == 1
    assert "error: module: this workflow works in its own folder only" in output.splitlines()[-1]


def test_no_cores_at_all_are_refused(copy):
    (copy / RESULTS / "manifest.json").unlink()
    code, output = run(copy, "--cores", "0", *CONFIG)
    assert code != 0
    assert "error: --cores 0 would never start a step; give 1 or more" in output


def test_a_dry_run_of_full_lists_what_it_would_train(built, tmp_path):
    counts = planned(built, changes={"scale": "full"}, config=tmp_path / "full.yaml")
    # Five convolutional networks, whose five seeds train one by one, and two perceptrons, whose
    # seeds train together; eight conditions, two recipes.
    # Under true and random labels two convolutional networks and one perceptron also with seven
    # regularisations each, one of either kind with two.
    regularized = 2 * 5 * 7 + 5 * 2 + 7 + 2
    assert counts["train"] == (5 * 5 + 2) * 8 * 2 + 2 * regularized
    # Smoothness and frequency: of networks a job for each of five levels of label noise and for the
    # untrained ones, of references for each level. The step that trains measures accuracy.
    assert counts["measure"] == 7 * 6 * 2 + 5 * 2
    # Of MNIST two conditions.
    assert counts["corrupted"] == (8 + 2) * 5
    assert counts["measure_construction"] == 3 * 5
    assert counts["construction_tables"] == 3
    # Of two convolutional networks five teachers are trained one by one, of a perceptron ten in two
    # blocks; on four groups of images in one transfer and seven in the other, some of which have
    # students on two kinds.
    assert counts["teachers"] == (2 * 5 + 2) * (4 + 7)
    assert counts["students"] == (2 * 5 + 2) * (4 + 11)
    assert counts["measure_transfer"] == 2 * 3
    # CIFAR-10 is one archive, MNIST four.
    assert counts["download"] == 5
    assert counts["dataset"] == 2


def test_nothing_is_downloaded_where_the_archives_lie_already(copy, tmp_path):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(b"the archive")
    cifar10 = {"archives": str(tmp_path)}
    changes = {"scale": "full", "scales": {"full": {"datasets": {"cifar10": cifar10}}}}
    counts = planned(copy, changes=changes, config=tmp_path / "full.yaml")
    assert counts["download"] == 4  # of MNIST
    assert counts["dataset"] == 2
    arguments = ["--configfile", str(tmp_path / "full.yaml"), "--"]
    target = "results/full/data/cifar10/dataset.json"
    code, output = run(copy, *arguments, target)
    assert code != 0
    archive = tmp_path / "cifar-10-binary.tar.gz"
    assert f"error: {archive}: is damaged or incomplete (SHA-256 " in output
    assert "Traceback" not in output


def test_downloads_run_where_snakemake_was_started(built, monkeypatch):
    # On a cluster all other steps are submitted, to machines that may have no network.
    monkeypatch.chdir(built)
    with SnakemakeApi(OutputSettings(dryrun=True, quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(),
            storage_settings=StorageSettings(),
        )
        workflow.dag(DAGSettings())
    assert workflow._workflow._localrules == {"download"}


def test_an_image_folder_and_what_is_wrong_with_it(copy, tmp_path):
    from PIL import Image

    pictures = tmp_path / "pictures"
    for split in ("train", "test"):
        for number, name in enumerate(("cat", "dog")):
            (pictures / split / name).mkdir(parents=True)
            for i in range(4):
                colour = (50 * i, 100 * number, 90)
                Image.new("RGB", (8, 8), colour).save(pictures / split / name / f"{i}.png")
    linked = (pictures / "train/dog").rename(tmp_path / "dogs")
    (pictures / "train/dog").symlink_to(linked)
    (pictures / "train/.DS_Store").touch()
    mine = yaml.safe_load((copy / "config.yaml").read_text())["scales"]["smoke"]
    mine["datasets"] = {"pictures": {"label": "P", "source": "image_folder", "path": str(pictures)}}
    for experiment in mine["experiments"].values():
        experiment["dataset"] = "pictures"
        experiment["conditions"] = {"mlp3x512": ["true_labels", "label_noise-1.00"]}
    del mine["transfers"], mine["constructions"], mine["models"]["mlp256x128x64"]
    for model in mine["models"].values():
        model["recipes"]["constant"]["max_epochs"] = 2
    changes = {"scale": "mine", "scales": {"mine": mine}}
    arguments = ["--configfile", write_config(tmp_path / "mine.yaml", changes), "--"]

    code, output = run(copy, *arguments, "results/mine/figures/learning_curves.pdf")
    assert code == 0, output
    assert (copy / "results/mine/figures/learning_curves.pdf").exists()
    note = f"hidden files or folders left out: 1 ({pictures}/train/.DS_Store)"
    assert output.count(f"warning: pictures: {note}") == 1
    described = json.loads((copy / "results/mine/data/pictures/dataset.json").read_text())
    assert (described["classes"], described["notes"]) == (2, [note])

    # Behind a link, as large and as old as before.
    picture = pictures / "train/dog/3.png"
    before = picture.stat()
    picture.write_bytes(bytes(before.st_size))
    os.utime(picture, ns=(before.st_atime_ns, before.st_mtime_ns))
    code, output = run(copy, *arguments, "results/mine/data/pictures/dataset.json")
    assert code != 0
    assert f"error: {picture}: cannot be read as a picture; replace or remove it" in output
    assert "Traceback" not in output

    shutil.rmtree(pictures / "test")
    mine["datasets"]["pictures"]["path"] = "~/pictures/"
    write_config(tmp_path / "mine.yaml", changes)
    target = "results/mine/data/pictures/dataset.json"
    code, output = run(copy, *arguments, target, HOME=str(tmp_path))
    assert code != 0
    assert output.splitlines()[-1] == (
        f"error: config: scales.mine.datasets.pictures.path: {pictures}/test is not a folder; "
        "give a folder that holds train/<class>/* and test/<class>/*"
    )
