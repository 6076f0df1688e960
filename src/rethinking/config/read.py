"""YAML, read fast."""

from pathlib import Path
from typing import Any

import yaml

__all__ = ["SafeLoader", "read_yaml"]

# libyaml's loader, where PyYAML was built with it: schemas and ledger are read at each start of
# Snakemake, and Python's own takes half a second for them.
try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]


def read_yaml(path: Path) -> Any:
    """Read a YAML file (UTF-8)."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=SafeLoader)
