"""The toy, at sizes that take a moment."""

from dataclasses import replace

import pandas as pd
import pytest

from rethinking.cli import main
from rethinking.commands.toy import Sizes, compute, draw
from rethinking.names.units import UNITS
from rethinking.tables import read_table

SMALL = Sizes(
    seeds=3,
    dimensions=6,
    classes=3,
    hidden=[16, 8],
    teacher_images=40,
    student_images=[20, 60],
    test_images=50,
    epochs=4,
    batch_size=16,
    learning_rate=0.01,
)
OPTIONS = (
    "--seeds 3 --dimensions 6 --classes 3 --hidden 16 8 --teacher-images 40 "
    "--student-images 20 60 --test-images 50 --epochs 4 --batch-size 16 --learning-rate 0.01"
)


def test_it_ends_with_a_table_and_a_figure_wherever_it_is_called(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["toy", *OPTIONS.split(), "--output", "here"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "3 teachers and 6 students" in shown
    assert "Cohen's κ" in shown
    table = read_table(tmp_path / "here/toy.csv")
    assert set(table["student_images"]) == {0, 20, 60}
    kappa = table[table["metric"] == "kappa"]
    assert (kappa["n"] == 3).all()
    units = dict(zip(table["metric"], table["unit"], strict=True))
    told = {name: units[name] for name in ("train_accuracy", "agreement", "kappa")}
    assert told == {"train_accuracy": "share", "agreement": "share", "kappa": "coefficient"}
    assert set(units.values()) <= set(UNITS)
    for suffix in ("pdf", "png"):
        assert (tmp_path / f"here/toy.{suffix}").stat().st_size > 5000


def test_seeds_do_not_depend_on_how_many_there_are_and_progress_is_told():
    epochs = []
    runs = compute(SMALL, lambda program, rows: epochs.append((program, rows[0].epoch)))
    assert epochs == [(program, epoch) for program in range(3) for epoch in range(1, 5)]
    fewer = compute(replace(SMALL, seeds=1), lambda *_: None)
    both = fewer.merge(runs, on=["student_images", "seed", "metric"], suffixes=("", "_more"))
    assert len(both) == len(fewer) == len(runs) / 3
    # Sums run in another order in a larger batch.
    accuracy = both[both["metric"] == "train_accuracy"]
    assert accuracy["value"].to_list() == pytest.approx(accuracy["value_more"].to_list(), abs=0.1)


def test_teachers_fit_and_students_agree_with_them_better_than_by_chance():
    more = {"epochs": 80, "hidden": [32, 16], "student_images": [600], "test_images": 400}
    sizes = replace(SMALL, **more)
    runs = compute(sizes, lambda *_: None).set_index("metric")["value"]
    assert (runs["train_accuracy"] > 0.9).all()
    assert (runs["kappa"] > 0.2).all()


def test_the_figure_shows_agreement_and_kappa_with_what_chance_would_give():
    ends = {"majority_rate": (0, 0.4), "agreement": (20, 0.5), "kappa": (20, 0.2)}
    summary = pd.DataFrame(
        {"student_images": n, "metric": metric, "mean": mean, "low": mean - 0.1, "high": mean + 0.1}
        for metric, (n, mean) in ends.items()
    )
    more = summary[summary["student_images"] > 0]
    more = more.assign(student_images=60, mean=more["mean"] + 0.3, low=float("nan"), high=0.9)
    left, right = draw(pd.concat([summary, more])).axes
    for panel, values, chance in ((left, [50, 80], 40), (right, [0.2, 0.5], 0)):
        curve, baseline = panel.lines
        assert list(curve.get_xdata()) == [20, 60]
        assert list(curve.get_ydata()) == pytest.approx(values)
        assert list(baseline.get_ydata()) == pytest.approx([chance] * 2)
        (band,) = panel.collections
        heights = band.get_paths()[0].vertices[:, 1]
        # A seed without an interval has a band that begins at its mean.
        factor = 100 if panel is left else 1
        expected = [values[0] - 0.1 * factor, 0.9 * factor]
        assert [heights.min(), heights.max()] == pytest.approx(expected)
    assert [left.get_ylabel(), right.get_ylabel()] == [
        "agreement with the teacher (%)", "Cohen's $\\kappa$",
    ]  # fmt: skip


def test_an_unknown_option_ends_with_a_line(capsys):
    with pytest.raises(SystemExit):
        main(["toy", "--sedes", "3"])
    assert "unknown: --sedes 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--seeds 0", "argument --seeds: '0': give a whole number from 1 on"),
        ("--classes 1", "argument --classes: '1': give a whole number from 2 on"),
        ("--hidden 16 x", "argument --hidden: 'x': give a whole number from 1 on"),
        ("--student-images 20 -5", "'-5'"),
        ("--learning-rate inf", "argument --learning-rate: 'inf': give a positive number"),
        ("--learning-rate 0", "argument --learning-rate: '0': give a positive number"),
    ],
)
def test_impossible_sizes_end_with_a_line(option, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["toy", *option.split()])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_a_folder_that_cannot_be_written_to_is_named_before_anything_runs(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as ended:
        main(["toy", *OPTIONS.split(), "--output", str(tmp_path / "file")])
    assert str(ended.value.code).startswith(f"error: --output: {tmp_path}/file: ")
