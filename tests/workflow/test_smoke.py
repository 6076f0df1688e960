"""The project's own workflow, run for real."""

import csv
import json
import re
import shutil

import pytest
import yaml
from pypdf import PdfReader

from tests.workflow.conftest import planned, results_of, run

RESULTS = "results/smoke"


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


def test_every_number_that_the_paper_looks_up_is_there_and_names_its_source(built):
    values = json.loads((built / RESULTS / "values.json").read_text())
    for path in [built / "paper/main.tex", *(built / "paper/sections").glob("*.tex")]:
        for key in re.findall(r"\\(?:val|est)\{([^}]*)\}", path.read_text()):
            assert key in values, (path, key)
    for key, entry in values.items():
        if "row" not in entry:
            continue
        with (built / RESULTS / entry["source"]).open() as file:
            row = list(csv.reader(file))[entry["row"] - 1]
        _, model, condition, metric = key.split("/")
        assert {model, condition, metric} <= set(row)
        assert entry["value"] in [float(cell) for cell in row if re.fullmatch(r"[0-9.e-]+", cell)]


def test_figures_exist_as_pdf_and_png(built):
    for name in ("learning_curves", "label_noise"):
        assert (built / f"{RESULTS}/figures/{name}.pdf").read_bytes()[:5] == b"%PDF-"
        assert (built / f"{RESULTS}/figures/{name}.png").read_bytes()[1:4] == b"PNG"


def test_a_second_run_does_nothing(built):
    code, output = run(built, "--config", "scale=smoke")
    assert code == 0
    assert "Nothing to be done" in output


def test_one_figure_can_be_asked_for(copy):
    shutil.rmtree(copy / RESULTS / "figures")
    target = f"{RESULTS}/figures/label_noise.png"
    assert planned(copy, target) == {"figure": 1}
    code, output = run(copy, target)
    assert code == 0, output
    assert (copy / target).exists()


def test_the_same_bytes_come_out_again_on_another_number_of_cores(built, copy):
    code, output = run(copy, "--forceall", "--cores", "1", "--config", "scale=smoke")
    assert code == 0, output
    assert results_of(copy) == results_of(built)


def test_the_slurm_profile_is_found(built):
    code, output = run(built, "--profile", "slurm", "--dry-run", "--config", "scale=smoke")
    assert code == 0, output
    assert "Using profiles slurm and workflow specific profile profiles/default" in output


def test_a_report_can_be_made(built, tmp_path):
    code, output = run(built, "--report", str(tmp_path / "r.html"), "--config", "scale=smoke")
    assert code == 0, output
    text = (tmp_path / "r.html").read_text()
    for name in ("learning_curves.png", "label_noise.png", "summary.csv"):
        assert name in text
    assert "Training loss by epoch and condition" in text


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("scale=smok", "'smok' is not under scales; did you mean 'smoke'?"),
        ("scael=smoke", "config: scael: unknown key; did you mean 'scale'?"),
        ("threads=0", "config: threads: 0 is less than the minimum of 1"),
        ("recipes={plain: {momentum: 0.5}}", "give nested keys in a file, by --configfile"),
    ],
)
def test_a_mistake_in_the_config_ends_with_one_line(built, setting, said):
    code, output = run(built, "--dry-run", "--config", setting)
    assert code != 0
    assert said in output
    assert output.splitlines()[-1].startswith("error: config: ")
    assert "Traceback" not in output


def test_an_image_folder_and_what_is_wrong_with_it(copy, tmp_path):
    from PIL import Image

    pictures = tmp_path / "pictures"
    for split in ("train", "test"):
        for number, name in enumerate(("cat", "dog")):
            (pictures / split / name).mkdir(parents=True)
            for i in range(4):
                colour = (50 * i, 100 * number, 90)
                Image.new("RGB", (8, 8), colour).save(pictures / split / name / f"{i}.png")
    mine = yaml.safe_load((copy / "config.yaml").read_text())["scales"]["smoke"]
    mine["datasets"] = {"pictures": {"label": "P", "source": "image_folder", "path": str(pictures)}}
    mine["experiments"]["randomization"]["dataset"] = "pictures"
    mine["models"]["mlp3x512"]["max_epochs"] = mine["models"]["resnet18"]["max_epochs"] = 2
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"scale": "mine", "scales": {"mine": mine}}))
    arguments = ["--configfile", str(tmp_path / "mine.yaml"), "--"]

    code, output = run(copy, *arguments, "results/mine/figures/learning_curves.pdf")
    assert code == 0, output
    assert (copy / "results/mine/figures/learning_curves.pdf").exists()

    picture = pictures / "train/dog/3.png"
    picture.write_bytes(picture.read_bytes()[:40])
    code, output = run(copy, *arguments, "results/mine/data/pictures/dataset.json")
    assert code != 0
    assert f"error: {picture}: cannot be read as a picture; replace or remove it" in output
    assert "Traceback" not in output

    shutil.rmtree(pictures / "test")
    code, output = run(copy, *arguments, "results/mine/data/pictures/dataset.json")
    assert code != 0
    assert output.splitlines()[-1] == (
        f"error: config: scales.mine.datasets.pictures.path: {pictures}/test is not a folder; "
        "give a folder that holds train/<class>/* and test/<class>/*"
    )
