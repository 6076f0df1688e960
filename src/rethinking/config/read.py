"""YAML, read fast, and without keys that stand twice."""

from pathlib import Path
from typing import Any

import yaml

from rethinking.errors import InputError

# libyaml's loader, where PyYAML was built with it: schemas and ledger are read at each start of
# Snakemake, and Python's own takes half a second for them.
try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]


def read_yaml(path: Path) -> Any:
    """Read a YAML file (UTF-8).

    Raises:
        InputError: It cannot be read, is not YAML, or has a key twice in one mapping.
    """
    try:
        return _UniqueKeys(path.read_text(encoding="utf-8")).get_single_data()
    except (OSError, ValueError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({said}); mend it") from error


class _UniqueKeys(SafeLoader):
    """Refuses a key that stands twice in a mapping, of which YAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        # What is merged into it may be written again, and is not here yet.
        written = [key.value for key, _ in node.value]
        for key in written:
            if written.count(key) > 1:
                raise yaml.YAMLError(f"{key!r} stands twice in a mapping{node.start_mark}")
        return super().construct_mapping(node, deep)
