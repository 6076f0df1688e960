"""What readers see in place of a name."""

from rethinking.data.condition import parse_condition


def condition_label(condition: str) -> str:
    """How figures and tables call a condition; ``$…$`` is mathematics to both of them."""
    parsed = parse_condition(condition)
    name = parsed.corruption.replace("_", " ")
    if parsed.level is None:
        return name
    return f"{'random labels' if parsed.label_noise == 1 else name} ($p = {parsed.level:g}$)"
