"""Labels: the text that readers see in place of a name."""

from collections.abc import Iterable

from rethinking.names.condition import MARGINALS, REAL, SYNTHETIC, UNTRAINED, WALKS, parse_condition

# Functions that take the place of a model in tables.
INTERPOLANTS = {
    "nearest_neighbour": "1-nearest neighbour",
    "shepard": "Shepard kernel",
    "white_noise": "white noise",
}


def in_order(conditions: Iterable[str]) -> list[str]:
    """Sort conditions, each once: untrained, label noise by level, then the others as given."""
    levels = {name: parse_condition(name).label_noise for name in conditions}
    noisy = sorted((level, name) for name, level in levels.items() if level is not None)
    others = [name for name, level in levels.items() if level is None and name != UNTRAINED]
    return [UNTRAINED] * (UNTRAINED in levels) + [name for _, name in noisy] + others


def short_label(condition: str) -> str:
    """A short label of a condition: label noise is shown by its level only."""
    level = parse_condition(condition).label_noise
    return condition_label(condition) if level is None else f"$p = {level:g}$"


def condition_label(condition: str) -> str:
    """The label of a condition; ``$…$`` marks mathematics for LaTeX and matplotlib."""
    parsed = parse_condition(condition)
    name = parsed.corruption.replace("_", " ")
    if parsed.corruption in SYNTHETIC:
        name += ", random labels"
    if parsed.level is None:
        return name
    return f"{'random labels' if parsed.label_noise == 1 else name} ($p = {parsed.level:g}$)"


def regularization_label(regularization: str) -> str:
    """The label of a regularisation in the format of ``regularization_of``."""
    return regularization.replace("_", " ").replace("-", ", ")


def function_label(function: str) -> str:
    """The label of a constructed function."""
    name, _, depth = function.partition("-")
    if depth:
        return f"{depth} hidden layer{'' if depth == '1' else 's'}"
    return name.replace("_", ", ")


def kind_label(kind: str) -> str:
    """The label of the images of teachers and students."""
    if kind == REAL:
        return "real images, true labels"
    walk = kind.removesuffix(MARGINALS)
    if walk not in WALKS:
        return kind.replace("_", " ")
    step, _, unit = walk.split("_")
    name = f"{'random' if step == 'random' else 'half-step'} walk by {unit}"
    return name if walk == kind else f"{name}, shuffled"


def kinds_label(images: str, student_images: str) -> str:
    """The label of a teacher's images and, if they differ, of its students' images."""
    name = kind_label(images)
    return name if student_images == images else f"{name} $\\to$ {kind_label(student_images)}"
