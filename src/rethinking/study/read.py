"""YAML, read fast, with keys that are text and stand once."""

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

TEXT = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


def read_yaml(path: Path) -> Any:
    """Read a YAML file (UTF-8).

    Raises:
        InputError: It cannot be read, is not YAML, has a key twice in one mapping, or a key that
            YAML reads as other than text.
    """
    try:
        return _Strict(path.read_text(encoding="utf-8")).get_single_data()
    except InputError as error:
        raise InputError(f"{path}, {error}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({said}); mend it") from error


class _Strict(SafeLoader):
    """Refuses a key that stands twice in a mapping, and names that are a number, say, to YAML."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        # What is merged into it may be written again, and is not here yet.
        written = [key.value for key, _ in node.value]
        for name in written:
            if written.count(name) > 1:
                raise yaml.YAMLError(f"{name!r} stands twice in a mapping{node.start_mark}")
        for key, _ in node.value:
            if key.tag not in TEXT:
                kind = key.tag.rpartition(":")[2]
                raise InputError(
                    f"line {key.start_mark.line + 1}: the key {key.value} is no text to "
                    f'YAML, but {kind}; quote it: "{key.value}"'
                )
        return super().construct_mapping(node, deep)
