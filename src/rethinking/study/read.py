"""Fast and strict reading of YAML: keys are text and unique."""

from pathlib import Path
from typing import Any

import yaml

from rethinking.errors import InputError

# libyaml's loader, if PyYAML has it: schemas and ledger are read at each start of Snakemake, and
# the loader in Python takes half a second for them.
try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

TEXT = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


def read_yaml(path: Path) -> Any:
    """Read a YAML file (UTF-8).

    It raises InputError if the file cannot be read, is not YAML, or has a mapping with a repeated
    key or a key that YAML does not read as text.
    """
    try:
        return _Strict(path.read_text(encoding="utf-8")).get_single_data()
    except InputError as error:
        raise InputError(f"{path}, {error}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({reason}); fix it") from error


class _Strict(SafeLoader):
    """A loader that rejects repeated keys of a mapping, and keys that are not text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        # Merged keys, which may be repeated, are not yet among these.
        names = [key.value for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise yaml.YAMLError(f"{name!r} stands twice in a mapping{node.start_mark}")
        for key, _ in node.value:
            if key.tag not in TEXT:
                kind = key.tag.rpartition(":")[2]
                raise InputError(
                    f"line {key.start_mark.line + 1}: the key {key.value} is no text to "
                    f'YAML, but {kind}; quote it: "{key.value}"'
                )
        return super().construct_mapping(node, deep)
