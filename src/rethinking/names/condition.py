"""The names of data conditions."""

from collections.abc import Mapping
from dataclasses import dataclass

# The options of ``rethinking.data.noise.walk`` for each random walk.
WALKS: Mapping[str, Mapping[str, bool]] = {
    "random_walk_pixel": {"whole_pixels": True, "half_step": False},
    "random_walk_channel": {"whole_pixels": False, "half_step": False},
    "half_walk_pixel": {"whole_pixels": True, "half_step": True},
    "half_walk_channel": {"whole_pixels": False, "half_step": True},
}
MARGINALS = "_marginals"
# Corruptions that replace the images by synthetic ones and all labels by random ones.
SYNTHETIC = ("gaussian_noise", "uniform_noise", *WALKS, *(f"{walk}{MARGINALS}" for walk in WALKS))
# The unchanged data.
REAL = "true_labels"
# The training data of teachers and students: real images with true labels, or synthetic images.
KINDS = (REAL, *SYNTHETIC)

# A network before training, measured on the unchanged data. It is no condition of data, but has a
# place among the conditions wherever networks are measured.
UNTRAINED = "untrained"


@dataclass(frozen=True)
class Condition:
    """A corruption and its level, if it has one: ``label_noise-0.50``, ``random_pixels``."""

    corruption: str
    level: float | None = None

    def __str__(self) -> str:
        return self.corruption if self.level is None else f"{self.corruption}-{self.level:.2f}"

    @property
    def label_noise(self) -> float | None:
        """The probability that a label is redrawn; None for corruptions of pixels."""
        return {REAL: 0.0, "label_noise": self.level}.get(self.corruption)


def parse_condition(text: str) -> Condition:
    """Read the name of a condition; the inverse of ``str``."""
    corruption, _, level = text.partition("-")
    return Condition(corruption, float(level) if level else None)


def corruption_module(corruption: str) -> str:
    """The module of a corruption in ``data.corruptions``; synthetic images share one module."""
    return "synthetic" if corruption in SYNTHETIC else corruption


def data_condition(condition: str) -> str:
    """The condition of the data on which a network under ``condition`` is measured."""
    return REAL if condition == UNTRAINED else condition
