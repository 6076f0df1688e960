"""The settings of the step that judges claims."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ClaimsSpec:
    """The experiments with evidence for claims."""

    experiments: Mapping[str, str]  # name to kind
    scale: str
