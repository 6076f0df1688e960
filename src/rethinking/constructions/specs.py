"""The specs of the steps for constructions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from rethinking.errors import InputError
from rethinking.names.specs import Compute, DatasetSpec


@dataclass(frozen=True)
class ConstructionSpec:
    """The functions of a block of seeds, under all conditions."""

    dataset: DatasetSpec  # before corruption
    construction: str  # a module of rethinking.constructions
    options: Mapping[str, Any]  # of its ``construct``
    conditions: list[str]  # of the labels that are fitted
    seeds: list[int]  # of the block
    compute: Compute


@dataclass(frozen=True)
class ConstructionTablesSpec:
    """The tables of a construction."""

    seeds: list[int]  # in use; a block may have more


@dataclass(frozen=True)
class Kernel:
    """A kernel k(x, y) of images; its schema in the config is derived from it."""

    representation: Annotated[
        Literal["pixels", "convolutional"],
        Meta(description="Pixels in [0, 1], or features from random filters."),
    ]
    kernel: Annotated[
        Literal["linear", "gaussian"], Meta(description="The kernel on this representation.")
    ]
    gamma: (
        Annotated[float, Meta(gt=0, description="γ of a gaussian kernel exp(−γ‖x − y‖²).")] | None
    ) = None
    filters: (
        Annotated[int, Meta(ge=1, description="The number of convolutional filters.")] | None
    ) = None
    filter_side: (
        Annotated[int, Meta(ge=1, description="The side of a convolutional filter, in pixels.")]
        | None
    ) = None

    def __post_init__(self) -> None:
        options = {name: getattr(self, name) for name in ("gamma", "filters", "filter_side")}
        given = {name for name, value in options.items() if value is not None}
        needed = {"gamma"} if self.kernel == "gaussian" else set()
        if self.representation == "convolutional":
            needed |= {"filters", "filter_side"}
        if given != needed:
            wanted = " and ".join(sorted(needed)) or "nothing else"
            raise InputError(
                f"a {self.kernel} kernel of {self.representation} takes {wanted}; give just that"
            )
