"""What readers see in place of a name."""

from collections.abc import Iterable

from rethinking.data.condition import SYNTHETIC, UNTRAINED, parse_condition


def in_order(conditions: Iterable[str]) -> list[str]:
    """Each condition once: untrained, label noise by its level, then the others as they come."""
    levels = {name: parse_condition(name).label_noise for name in conditions}
    noisy = sorted((level, name) for name, level in levels.items() if level is not None)
    others = [name for name, level in levels.items() if level is None and name != UNTRAINED]
    return [UNTRAINED] * (UNTRAINED in levels) + [name for _, name in noisy] + others


def short_label(condition: str) -> str:
    """The same where there is little room: label noise by its level only."""
    level = parse_condition(condition).label_noise
    return condition_label(condition) if level is None else f"$p = {level:g}$"


def condition_label(condition: str) -> str:
    """How figures and tables call a condition; ``$…$`` is mathematics to both of them."""
    parsed = parse_condition(condition)
    name = parsed.corruption.replace("_", " ")
    if parsed.corruption in SYNTHETIC:
        name += ", random labels"
    if parsed.level is None:
        return name
    return f"{'random labels' if parsed.label_noise == 1 else name} ($p = {parsed.level:g}$)"
