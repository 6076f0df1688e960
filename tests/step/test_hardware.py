"""The hardware that a record names."""

import subprocess
import sys

import torch

from rethinking.step import hardware


def test_the_processor_has_a_name_wherever_it_runs(monkeypatch):
    assert hardware.processor()
    monkeypatch.setattr(hardware, "cpu_info", lambda _: "")  # as on other systems than Linux
    assert hardware.processor()


def test_a_field_that_the_system_does_not_tell_is_empty():
    assert hardware.cpu_info("no such field") == ""


def test_a_gpu_is_named_where_it_was_used(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    assert hardware.gpu() is None
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla V100")
    assert hardware.gpu() == "Tesla V100"


def test_whoever_draws_a_figure_need_not_load_torch():
    code = (
        "import sys; from rethinking.step.hardware import gpu; print(gpu(), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "None False\n"
