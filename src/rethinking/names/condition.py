"""The names of data conditions."""

from dataclasses import dataclass

# Images of which each differs from the one before in one place.
WALKS = ("random_walk_pixel", "random_walk_channel", "half_walk_pixel", "half_walk_channel")
# Corruptions that replace the images by made-up ones and all labels by random ones.
SYNTHETIC = (
    "gaussian_noise",
    "uniform_noise",
    *WALKS,
    *(f"{walk}_marginals" for walk in WALKS),
)
# The data as they are.
REAL = "true_labels"
# What teachers and students are trained on: real images under true labels, or made-up ones.
KINDS = (REAL, *SYNTHETIC)

# A network before training, on the data as they are: no condition of data, but it stands among
# them wherever networks are measured.
UNTRAINED = "untrained"


@dataclass(frozen=True)
class Condition:
    """A corruption and, where it has one, its level: ``label_noise-0.50``, ``random_pixels``."""

    corruption: str
    level: float | None = None

    def __str__(self) -> str:
        return self.corruption if self.level is None else f"{self.corruption}-{self.level:.2f}"

    @property
    def label_noise(self) -> float | None:
        """The probability with which a label is redrawn; None where pixels are corrupted."""
        return {"true_labels": 0.0, "label_noise": self.level}.get(self.corruption)


def parse_condition(text: str) -> Condition:
    """Read a condition's name; the inverse of ``str``."""
    corruption, _, level = text.partition("-")
    return Condition(corruption, float(level) if level else None)


def data_condition(condition: str) -> str:
    """The condition of the data that a network under this condition is measured on."""
    return REAL if condition == UNTRAINED else condition
