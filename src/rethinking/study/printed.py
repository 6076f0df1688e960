"""Which text the paper can print."""

from collections.abc import Iterator, Mapping
from typing import Any

from rethinking.errors import InputError

# Printed as they stand: what people write to be read. Names are restricted by the schema.
WRITTEN = {"label", "banner", "statement", "section"}
# ASCII, and what LaTeX has in the paper's fonts of Latin-1, of Latin Extended-A and of punctuation.
PRINTED = {
    *map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180))),
    *"–—‘’‚“”„†‡•…‰‹›€™\n",
} - {*"ĦħĸĿŀŉŦŧſ\N{SOFT HYPHEN}"}


def check_printed(section: Mapping[str, Any], where: str) -> None:
    """Refuse characters that end the paper after all training, at whatever depth they stand.

    Args:
        section: A config, a ledger of claims, or a part of one.
        where: What leads to it, for error messages.

    Raises:
        InputError: The first text with such a character.
    """
    for key, text in _written(section):
        for sign in text:
            if sign not in PRINTED:
                raise InputError(
                    f"{where}{key}: the paper has no character {sign!r}; write Latin letters"
                )


def _written(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in section.items():
        if isinstance(value, Mapping):
            yield from _written(value, f"{above}{key}.")
        elif key in WRITTEN and isinstance(value, str):
            yield f"{above}{key}", value
