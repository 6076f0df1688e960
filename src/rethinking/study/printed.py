"""The characters that the paper can print."""

from rethinking.errors import InputError
from rethinking.study.entries import Config, leaves

# The keys of free text. The schema restricts the characters of names.
WRITTEN = {"label", "banner", "statement", "section"}
# ASCII, and the part of Latin-1, Latin Extended-A and punctuation that the paper's fonts have.
PRINTED = {
    *map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180))),
    *"–—‘’‚“”„†‡•…‰‹›€™\n",
} - {*"ĦħĸĿŀŉŦŧſ\N{SOFT HYPHEN}"}


def check_printed(section: Config, where: str) -> None:
    """Raise at characters on which LaTeX would fail after all training, anywhere in a section.

    The section is a config, a ledger of claims or a part of one; ``where`` leads to it in messages.
    """
    for path, key, text in leaves(section, where):
        for sign in text if key in WRITTEN and isinstance(text, str) else "":
            if sign not in PRINTED:
                raise InputError(
                    f"{path}: the paper has no character {sign!r}; write Latin letters"
                )
