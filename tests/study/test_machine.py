"""The device and the precision that a config leaves to the machine."""

from pathlib import Path

import pytest

from rethinking.step import hardware
from rethinking.study import machine


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder whose files stand for those of the system, by their names."""
    for module in (hardware, machine):
        monkeypatch.setattr(module, "Path", lambda path: tmp_path / Path(path).name)
    machine.has_bfloat16.cache_clear()
    yield tmp_path
    machine.has_bfloat16.cache_clear()


def processor(folder, flags):
    (folder / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: fpu {' '.join(flags)} sse\n")


@pytest.mark.parametrize(
    ("flags", "device", "width", "expected"),
    [
        ({"avx512_bf16"}, "cpu", 1.0, "bfloat16"),
        ({"amx_bf16", "vme"}, "cpu", 1.0, "bfloat16"),
        ({"avx2"}, "cpu", 1.0, "float32"),
        ({"avx512_bf16"}, "cpu", 0.5, "float32"),
        ({"avx2"}, "cuda", 1.0, "bfloat16"),
        ({"avx512_bf16"}, "cuda", 0.5, "float32"),
    ],
)
def test_bfloat16_is_for_wide_networks_on_gpus_and_processors_that_have_it(
    files, flags, device, width, expected
):
    processor(files, flags)
    config = {"device": device, "precision": "auto"}
    assert machine.precision(config, width) == expected
    assert machine.precision(config, 0) == "float32"  # of perceptrons
    for asked in ("bfloat16", "float32"):
        assert machine.precision(config | {"precision": asked}, width) == asked


@pytest.mark.parametrize("content", [None, "", "processor\t: 0\nFeatures\t: asimd bf16\n"])
def test_a_system_that_names_no_such_instructions_has_none(files, content):
    if content is not None:
        (files / "cpuinfo").write_text(content)
    assert not machine.has_bfloat16()


@pytest.mark.parametrize(
    ("asked", "driver", "expected"),
    [
        ("auto", True, "cuda"),
        ("auto", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", False, "cuda"),
    ],
)
def test_auto_is_a_gpu_where_there_is_a_driver_for_one(files, asked, driver, expected):
    if driver:
        (files / "nvidiactl").touch()
    assert machine.device_kind({"device": asked}) == expected


@pytest.mark.parametrize(
    ("device", "precision", "looks"),
    [
        ("auto", "float32", True),
        ("cpu", "auto", True),
        ("cpu", "float32", False),
        ("cuda", "auto", False),
        ("cuda", "bfloat16", False),
    ],
)
def test_what_is_left_to_the_machine(device, precision, looks):
    config = {"device": device, "precision": precision}
    assert machine.looks_at_the_machine(config) == looks
