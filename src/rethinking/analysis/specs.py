"""What the step that judges claims is told."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ClaimsSpec:
    """The experiments that claims may be about.

    Attributes:
        experiments: Name to kind, in order.
        scale: The name of the scale.
    """

    experiments: Mapping[str, str]
    scale: str
