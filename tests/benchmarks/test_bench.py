"""Both loops of the bench do the same work; how fast is no matter of a test."""

import sys
from dataclasses import replace

import pytest
import torch

from benchmarks import bench
from benchmarks.bench import (
    WORKS,
    Way,
    data_of,
    images_per_second,
    main,
    measure,
    train,
    ways,
)
from benchmarks.plain_loop import Order
from rethinking.errors import InputError
from rethinking.tables import read_table, write_table
from rethinking.training.networks import build_network
from rethinking.training.order import image_order

CPU = torch.device("cpu")
# As they are, but for their widths and numbers.
SMALL = {
    "mlp_toy": {"options": {"hidden": [16, 8]}},
    "vgg11": {"options": {"pools": 5, "width_factor": 0.0625}},
    "resnet18": {"options": {"width_factor": 0.125}},
}


def small(name, epochs=3):
    work = WORKS[name]
    recipe = replace(work.recipe, max_epochs=epochs, batch_size=16)
    return replace(work, **SMALL[name], recipe=recipe, images={"cpu": 80, "cuda": 80})


@pytest.mark.parametrize("name", WORKS)
def test_both_loops_have_the_same_learning_curves(name, monkeypatch):
    # In the same layout, for rounding grows from step to step.
    monkeypatch.setattr(
        bench,
        "build_network",
        lambda *given: build_network(*given).to(memory_format=torch.channels_last),
    )
    work, seeds = small(name), [0, 1]
    curves = [
        train(work, Way(loop, "float32"), work.images["cpu"], seeds, CPU)[1] for loop in bench.LOOPS
    ]
    plain, ours = (sorted(curve, key=lambda row: (row.seed, row.epoch)) for curve in curves)
    assert [(row.seed, row.epoch) for row in plain] == [(s, e) for s in seeds for e in (1, 2, 3)]
    assert [(row.seed, row.epoch) for row in ours] == [(row.seed, row.epoch) for row in plain]
    for one, other in zip(plain, ours, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-4)
        assert one.train_accuracy == pytest.approx(other.train_accuracy, abs=1 / 80)
        # Of BatchNorm, ours recomputes the statistics before it evaluates.
        if name != "resnet18":
            assert one.test_loss == pytest.approx(other.test_loss, rel=1e-3)
    assert plain[2].train_loss < plain[0].train_loss
    assert plain[0].train_loss != plain[3].train_loss, "seeds should differ"


def test_the_plain_loop_sees_images_in_the_order_of_ours():
    work = small("mlp_toy")
    order = Order(work.recipe, 80, seed=1)
    assert len(order) == 80
    for epoch in (1, 2):
        assert list(order) == image_order(work.recipe, 80, 1, epoch).tolist()


def test_images_are_shared_and_noise_is_not():
    noise = data_of(WORKS["mlp_toy"], 50, [0, 1])
    assert noise.train_images.shape == (2, 50, 1, 1, 100)
    assert not torch.equal(noise.train_images[0], noise.train_images[1])
    digits = data_of(WORKS["resnet18"], 2000, [0, 1])
    assert digits.train_images.shape == (1, 2000, 3, 32, 32)
    assert digits.test_images.shape == (1, 400, 3, 32, 32)
    assert torch.equal(digits.train_images[0, 1437:], digits.train_images[0, : 2000 - 1437])


def test_processes_share_the_networks():
    work = small("mlp_toy")
    outcomes = measure(work, 3, Way("fit", "float32", processes=2), "cpu")
    seeds = [sorted({row.seed for row in one.curve}) for one in outcomes]
    assert seeds == [[0, 2], [1]]
    slowest = max(one.seconds for one in outcomes)
    # The first epoch is not counted.
    assert images_per_second(work, "cpu", outcomes) == pytest.approx(3 * 2 * 80 / slowest)


def test_on_a_cpu_no_way_takes_more_cores_than_there_are():
    for loop in bench.LOOPS:
        for cores in (1, 2, 8):
            tried = ways(loop, "float32", "cpu", cores)
            assert len(set(tried)) == len(tried)
            assert all(one.processes * one.threads <= cores for one in tried)
            assert max(one.processes * one.threads for one in tried) == cores


def test_it_ends_with_a_table_and_says_on_what(root, tmp_path, monkeypatch, capsys):
    def done_here(work, seeds, way, device):
        _, curve = train(work, way, work.images[device], range(seeds), CPU)
        # Loops are told apart, and the second round is slower.
        done_here.calls += 1
        return [bench.Outcome(done_here.calls / 100, curve, 100.0, 0.0)]

    done_here.calls = 0
    monkeypatch.setattr(bench, "measure", done_here)
    monkeypatch.setattr(bench, "WORKS", {"mlp_toy": small("mlp_toy", epochs=2)})
    before = read_table(root / "results/reference/bench/cpu.csv")[:2]
    write_table(before.assign(work=["vgg11", "mlp_toy"], loop="old"), tmp_path / "cpu.csv")
    assert bench.bench(["mlp_toy"], "cpu", 3, tmp_path) == 0
    table = read_table(tmp_path / "cpu.csv")
    assert list(table["work"][:2]) == ["vgg11", "mlp_toy"], "other works should stay"
    table = table[1:].reset_index()
    assert list(table["loop"][:2]) == ["plain", "fit"]
    assert (table["slowest"] < table["images_per_second"]).all()
    assert (table["images_per_second"] < table["fastest"]).all()
    plain = table[table["loop"] == "plain"]
    assert (plain["times_plain_of_this_precision"] == 1).all()
    ours = table[table["loop"] == "fit"].iloc[0]
    speeds = ours["images_per_second"], plain.iloc[0]["images_per_second"]
    assert ours["times_plain_of_this_precision"] == pytest.approx(speeds[0] / speeds[1])
    assert (table["rounds"] == 3).all()
    assert table["processor"].notna().all()
    assert "in brackets the slowest and the fastest" in capsys.readouterr().out


def test_an_unknown_work_is_named(tmp_path):
    with pytest.raises(InputError, match="resnet: there is no such work; choose from mlp_toy"):
        bench.bench(["resnet"], "cpu", 1, tmp_path)


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_a_gpu_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    said = command(monkeypatch, "--device", "cuda")
    assert said == "error: --device: torch finds no GPU here; leave it out"


def test_the_command_gives_its_options_to_the_bench(monkeypatch, tmp_path, capsys):
    given = []
    monkeypatch.setattr(bench, "bench", lambda *options: given.append(options) or 0)
    assert command(monkeypatch, "vgg11", "--rounds", "3", "--output", str(tmp_path)) == 0
    assert given == [(["vgg11"], "cpu", 3, tmp_path)]
    assert command(monkeypatch, "--rounds", "0") == 2
    assert "--rounds: give 1 or more" in capsys.readouterr().err
