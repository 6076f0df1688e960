"""What is stale is named, and known even where Snakemake does not know it."""

import shutil

import pytest

from tests.workflow.conftest import at_work, edit, planned, rethinking, start, until
from tests.workflow.test_reruns import RESULTS, SRC, pretend_version


def test_why_names_file_setting_version_and_what_is_missing(copy, tmp_path):
    assert rethinking(copy, "why", "--config", "scale=smoke") == (0, "Nothing is stale.\n")
    edit(copy / f"{SRC}/figures/label_noise.py", "ylim=(0, 100)", "ylim=(0, 90)")
    (copy / RESULTS / "tables/randomization/curves.csv").unlink()
    pretend_version(copy, "torch", "99.0")
    changes = tmp_path / "changes.yaml"
    changes.write_text("scale: smoke\nrecipes: {one_cycle: {momentum: 0.5}}\n")
    code, output = rethinking(copy, "why", "--configfile", str(changes))
    assert code == 0, output
    lines = set(output.splitlines())
    run = f"{RESULTS}/runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.safetensors"
    train = next(line for line in lines if line.startswith(f"train {run}: torch "))
    assert train.endswith(" → 99.0; recipe.momentum: 0.9 → 0.5")
    figure = f"figure {RESULTS}/figures/label_noise.pdf"
    assert any(
        line.startswith(f"{figure}: src/rethinking/figures/label_noise.py") for line in lines
    )
    curves = f"{RESULTS}/tables/randomization/curves.csv"
    assert any(line.startswith(f"curves {curves}: {curves} is missing") for line in lines)
    paper = next(line for line in lines if line.startswith(f"pdf {RESULTS}/paper.pdf: after "))
    assert "after figure: src/rethinking/figures/label_noise.py changed" in paper
    # One line each, and the last one counts them.
    planned_steps = planned(copy, changes={"recipes": {"one_cycle": {"momentum": 0.5}}})
    assert len(lines) - 1 == sum(planned_steps.values())
    assert f"{len(lines) - 1} stale steps" in lines


def test_why_of_one_target(copy):
    edit(copy / f"{SRC}/figures/label_noise.py", "ylim=(0, 100)", "ylim=(0, 90)")
    code, output = rethinking(
        copy, "why", f"{RESULTS}/figures/label_noise.pdf", "--config", "scale=smoke"
    )
    assert code == 0, output
    assert output == (
        f"figure {RESULTS}/figures/label_noise.pdf: "
        "src/rethinking/figures/label_noise.py changed\n1 stale step\n"
    )


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
    edit(copy / f"{SRC}/figures/label_noise.py", "ylim=(0, 100)", "ylim=(0, 90)")
    figure = (copy / RESULTS / "figures/label_noise.png").read_bytes()
    # Not missed, for what was made from it is fresh.
    (
        copy / f"{RESULTS}/runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.safetensors"
    ).unlink()
    shutil.rmtree(copy / ".snakemake")
    assert planned(copy) == {}  # as wrong as can be
    shutil.rmtree(copy / ".snakemake")
    code, output = rethinking(copy, "why", "--config", "scale=smoke")
    assert "label_noise.pdf: src/rethinking/figures/label_noise.py changed" in output
    assert output.endswith("4 stale steps\n")
    code, output = rethinking(
        copy, "run", "--cores", "2", "--config", "scale=smoke", "--", "figures"
    )
    assert code == 0, output
    code, output = rethinking(copy, "run", "--config", "scale=smoke")
    assert code == 0, output
    assert "Snakemake has no memory of " in output
    assert ": Training " not in output
    assert (copy / RESULTS / "figures/label_noise.png").read_bytes() != figure
    # From here on it knows again.
    assert planned(copy) == {}
    edit(copy / f"{SRC}/models/mlp.py", "nn.ReLU()", "nn.Tanh()")
    counts = planned(copy)
    assert [counts[rule] for rule in ("train", "teachers", "students")] == [12, 3, 4]


def test_results_put_in_the_place_of_others_are_judged_by_their_records(copy, tmp_path):
    shutil.copytree(copy / RESULTS, tmp_path / "backup")
    wide = tmp_path / "wide.yaml"
    wide.write_text("scale: smoke\nfigures: {style: {width: 6.0}}\n")
    options = (f"{RESULTS}/figures/label_noise.pdf", "--cores", "2", "--configfile", str(wide))
    assert rethinking(copy, "run", *options)[0] == 0
    wider = (copy / RESULTS / "figures/label_noise.png").read_bytes()
    shutil.rmtree(copy / RESULTS)
    shutil.copytree(tmp_path / "backup", copy / RESULTS)
    _, output = rethinking(copy, "why", *options)
    assert "label_noise.pdf: style.width: 5.5 → 6.0" in output
    assert rethinking(copy, "run", *options)[0] == 0
    assert (copy / RESULTS / "figures/label_noise.png").read_bytes() == wider


def test_code_that_changes_while_snakemake_runs_is_not_taken_for_what_was_planned(copy, tmp_path):
    (copy / RESULTS / "tables/corruption/curves.csv").unlink()
    style = copy / f"{SRC}/figures/style.py"
    with (tmp_path / "output.txt").open("w") as output:
        process = start(
            copy, "-m", "snakemake", "--cores", "1", "--config", "scale=smoke", output=output
        )
    until(lambda: at_work(copy, ".curves.py"), process)
    edit(style, '"lines.markersize": 4', '"lines.markersize": 5')
    assert process.wait() == 1
    said = (tmp_path / "output.txt").read_text()
    assert f"error: {style}: changed since Snakemake started; run again" in said
    edit(style, '"lines.markersize": 5', '"lines.markersize": 4')
    code, output = rethinking(copy, "run", "--config", "scale=smoke")
    assert code == 0, output
