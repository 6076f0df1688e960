"""The hardware that a process computes on."""

import platform
import sys
from pathlib import Path


def cpu_info(field: str) -> str:
    """The first value of a field in Linux's ``/proc/cpuinfo``; empty on other systems."""
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith(field):
            return line.partition(":")[2].strip()
    return ""


def processor() -> str:
    """The name of the CPU."""
    return cpu_info("model name") or platform.processor() or platform.machine()


def gpu() -> str | None:
    """The GPU that this process has used, without an import of torch."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    name: str = torch.cuda.get_device_name()
    return name
