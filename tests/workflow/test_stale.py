"""What is stale is named, and known even where Snakemake does not know it."""

import shutil

import pytest

from tests.helpers.project import (
    CONFIG,
    RESULTS,
    SMOKE,
    SRC,
    STEP,
    at_work,
    edit,
    planned,
    pretend_version,
    rethinking,
    start,
    until,
    write_config,
)

# A figure, and an edit that changes it.
FIGURE = f"{RESULTS}/figures/label_noise.pdf"
MODULE, OLD, NEW = f"{SRC}/figures/label_noise.py", "set_ylim(0, 100)", "set_ylim(0, 90)"


def test_why_names_file_setting_version_and_what_is_missing(copy, tmp_path):
    assert rethinking(copy, "why", *CONFIG) == (0, "Nothing is stale.\n")
    edit(copy / MODULE, OLD, NEW)
    (copy / RESULTS / "tables/randomization/curves.csv").unlink()
    pretend_version(copy, "torch", "99.0")
    changes = {"recipes": {"one_cycle": {"momentum": 0.5}}}
    path = write_config(tmp_path / "changes.yaml", changes)
    code, output = rethinking(copy, "why", "--configfile", path)
    assert code == 0, output
    lines = set(output.splitlines())
    run = f"{RESULTS}/runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.safetensors"
    train = next(line for line in lines if line.startswith(f"train {run}: torch "))
    assert train.endswith(" → 99.0; recipe.momentum: 0.9 → 0.5")
    assert any(line.startswith(f"figure {FIGURE}: {MODULE} changed") for line in lines)
    curves = f"{RESULTS}/tables/randomization/curves.csv"
    assert any(line.startswith(f"curves {curves}: {curves} is missing") for line in lines)
    paper = next(line for line in lines if line.startswith(f"pdf {RESULTS}/paper.pdf: after "))
    assert f"after figure: {MODULE} changed" in paper
    # One line each, and the last one counts them.
    planned_steps = planned(copy, changes=changes)
    assert len(lines) - 1 == sum(planned_steps.values())
    assert f"{len(lines) - 1} stale steps" in lines


def test_why_of_one_target(copy):
    edit(copy / MODULE, OLD, NEW)
    said = f"figure {FIGURE}: {MODULE} changed\n1 stale step\n"
    assert rethinking(copy, "why", FIGURE, *CONFIG) == (0, said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["results/smoke/nothing.pdf"],
            "error: No rule to produce results/smoke/nothing.pdf; targets are paper, ",
        ),
        (["--cores", "two"], "error: Error parsing number of cores (--cores, -c)"),
        (["--config", "scale=smok"], "error: config: scale: 'smok' is not under scales"),
        (["--no-such-option"], "error: unrecognized arguments: --no-such-option"),
        (["--configfile", "/none.yaml"], "error: /none.yaml: No such file or directory"),
        (["--configfile", "src"], "error: src: Is a directory"),
        (["--configfile", "Makefile"], 'in "Makefile", line 5, column '),
        (["--configfile", "README.md"], "error: README.md: "),
        (["--config", "scale=smoke", "figures"], "error: "),
        (["--directory", "/tmp"], "error: --directory is not for this command"),
    ],
)
def test_why_ends_a_mistake_with_one_line(built, arguments, said):
    code, output = rethinking(built, "why", *arguments)
    assert code == 1
    assert said in output.splitlines()[-1]
    assert len(output.splitlines()) == 1


def test_a_key_that_stands_twice_is_refused(built, tmp_path):
    twice = tmp_path / "twice.yaml"
    twice.write_text("scale: smoke\nscales: {smoke: {banner: One., banner: Two.}}\n")
    code, output = rethinking(built, "why", "--configfile", str(twice))
    assert (code, len(output.splitlines())) == (1, 1)
    assert output.startswith(f"error: {twice}: cannot be read ('banner' stands twice")


def test_a_run_knows_what_is_stale_even_where_snakemake_has_forgotten_all(copy):
    edit(copy / MODULE, OLD, NEW)
    picture = copy / FIGURE.replace(".pdf", ".png")
    before = picture.read_bytes()
    # All files that were made from these weights are fresh, so that nothing needs them.
    block = f"{RESULTS}/runs/digits/true_labels/mlp3x512/one_cycle/block-0"
    (copy / block / "run.safetensors").unlink()
    shutil.rmtree(copy / ".snakemake")
    assert planned(copy) == {}  # which is wrong
    shutil.rmtree(copy / ".snakemake")
    code, output = rethinking(copy, "why", *CONFIG)
    assert f"{FIGURE}: {MODULE} changed" in output
    # Two figures, latex, pdf and manifest.
    assert output.endswith("5 stale steps\n")
    code, output = rethinking(copy, "run", *SMOKE, "--", "figures")
    assert code == 0, output
    code, output = rethinking(copy, "run", *CONFIG)
    assert code == 0, output
    assert "Snakemake has no memory of " in output
    assert ": Training " not in output
    assert picture.read_bytes() != before
    # From here on it knows again.
    assert planned(copy) == {}
    edit(copy / f"{SRC}/models/mlp.py", "nn.ReLU()", "nn.Tanh()")
    counts = planned(copy)
    assert [counts[rule] for rule in ("train", "teachers", "students")] == [12, 3, 4]


def test_results_put_in_the_place_of_others_are_judged_by_their_records(copy, tmp_path):
    shutil.copytree(copy / RESULTS, tmp_path / "backup")
    wide = write_config(tmp_path / "wide.yaml", {"figures": {"style": {"width": 6.0}}})
    options = (FIGURE, "--cores", "2", "--configfile", wide)
    picture = copy / FIGURE.replace(".pdf", ".png")
    assert rethinking(copy, "run", *options)[0] == 0
    wider = picture.read_bytes()
    shutil.rmtree(copy / RESULTS)
    shutil.copytree(tmp_path / "backup", copy / RESULTS)
    _, output = rethinking(copy, "why", *options)
    assert "label_noise.pdf: style.width: 5.5 → 6.0" in output
    assert rethinking(copy, "run", *options)[0] == 0
    assert picture.read_bytes() == wider


def test_code_that_changes_while_snakemake_runs_is_not_taken_for_what_was_planned(copy, tmp_path):
    (copy / RESULTS / "tables/corruption/curves.csv").unlink()
    style = copy / f"{SRC}/figures/helpers/style.py"
    with (tmp_path / "output.txt").open("w") as output:
        process = start(copy, "-m", "snakemake", "--cores", "1", *CONFIG, output=output)
    until(lambda: at_work(copy, STEP), process)  # the curves, before all figures
    edit(style, '"lines.markersize": 4', '"lines.markersize": 5')
    assert process.wait() == 1
    said = (tmp_path / "output.txt").read_text()
    assert f"error: {style}: changed since Snakemake started; run again" in said
    edit(style, '"lines.markersize": 5', '"lines.markersize": 4')
    code, output = rethinking(copy, "run", *CONFIG)
    assert code == 0, output
