"""Types of the options of plug-ins; the schema of the config takes its bounds from them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

__all__ = ["Any", "Literal", "Mapping", "Sequence"]

Positive = Annotated[float, Meta(gt=0)]
Probability = Annotated[float, Meta(ge=0, lt=1)]
Natural = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Pools = Annotated[int, Meta(ge=0, le=5)]
UNIQUE = Meta(min_length=1, extra_json_schema={"uniqueItems": True})
Counts = Annotated[Sequence[Count], UNIQUE]
# Numbers of training images; a fit needs at least two.
Sizes = Annotated[Sequence[Annotated[int, Meta(ge=2)]], UNIQUE]
Penalties = Annotated[Sequence[Annotated[float, Meta(ge=0)]], UNIQUE]
# The least numbers of points that make a spectrum, and a picture.
SpectrumPoints = Annotated[int, Meta(ge=8)]
PicturePoints = Annotated[int, Meta(ge=2)]
