"""YAML, read fast."""

from pathlib import Path
from typing import Any

import yaml

from rethinking.errors import InputError

__all__ = ["SafeLoader", "read_yaml"]

# libyaml's loader, where PyYAML was built with it: schemas and ledger are read at each start of
# Snakemake, and Python's own takes half a second for them.
try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]


def read_yaml(path: Path) -> Any:
    """Read a YAML file (UTF-8).

    Raises:
        InputError: It cannot be read, or is not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error
