"""What an entry of the config may hold, and how a mistake in it is told."""

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from rethinking.errors import InputError
from rethinking.names.condition import parse_condition
from rethinking.step.code import arguments_of, options_of, plugins_of

Config = Mapping[str, Any]

# Keys of an entry that are not options of the function that the entry names.
MODEL_KEYS = {"label", "module", "like"}
DATASET_KEYS = {"label", "source"}
MEASURE_KEYS = {"together"}
CONSTRUCTION_KEYS = {"module", "dataset", "seeds", "block_size", "conditions"}
# What the functions are given that files of the package are looked for by.
ARGUMENTS = {
    "corrupt": ("dataset", "random"),
    "load": (),
    "build": ("shape", "classes"),
    "measure": ("subject",),
    "draw": ("table", "style", "labels"),
    "construct": ("dataset", "seed", "device"),
}
# The sections of a scale that hold experiments; no two have one of the same name.
EXPERIMENTS = ("experiments", "transfers", "constructions")


def check_finite(section: Config, where: str) -> None:
    """Refuse numbers that are none: infinities and NaN, at whatever depth."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            check_finite(value, f"{where}{key}.")
        elif isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{where}{key}: {value} is not finite; write a number")


def check_condition(key: str, condition: str) -> None:
    """Refuse a condition that no corruption makes, or that is not written as it is in paths."""
    parsed = parse_condition(condition)
    corruption, level = parsed.corruption, parsed.level
    check_plugin(key, "data.corruptions", "corrupt", corruption)
    options, required = options_of(f"rethinking.data.corruptions.{corruption}", "corrupt")
    for name in sorted(required - {"level"}):
        raise InputError(
            f"config: {key}: {corruption} needs {name!r}, and a corruption has no option but "
            "level; give it a default"
        )
    takes_level = "level" in options
    if takes_level and level is None:
        raise InputError(f"config: {key}: {corruption} needs a level; write {corruption}-0.50")
    if level is not None and not takes_level:
        raise InputError(f"config: {key}: {corruption} has no level; write {corruption}")
    if level is not None and not 0 < level <= 1:
        raise InputError(
            f"config: {key}: {condition}: the level must be above 0 and at most 1; "
            "level 0 is true_labels"
        )
    if condition != str(parsed):
        raise InputError(f"config: {key}: write {condition} as {parsed}")


def check_name(key: str, name: str, known: Iterable[str], where: str) -> None:
    """Refuse a name that nothing of its kind has; ``where`` says where the ``known`` ones stand."""
    if name not in known:
        raise InputError(f"config: {key}: {name!r} is not under {where}; {suggest(name, known)}")


def check_plugin(key: str, package: str, function: str, name: str) -> None:
    """Refuse a name for which a package has no module with the function that is looked for."""
    known = plugins_of(f"rethinking.{package}", function)
    path = f"src/rethinking/{package.replace('.', '/')}/{name}.py"
    if name not in known:
        raise InputError(
            f"config: {key}: there is no {path} with a function {function}; {suggest(name, known)}"
        )
    asked, given = ARGUMENTS[function], arguments_of(f"rethinking.{package}.{name}", function)
    if given is not None and len(given) != len(asked):
        raise InputError(
            f"config: {key}: {path}: {function} takes ({', '.join(given)}); it is given "
            f"({', '.join(asked)}), and options, which stand behind a *"
        )


def check_unknown(
    key: str, package: str, module: str, function: str, entry: Config, other_keys: set[str]
) -> None:
    """Refuse options that the function which an entry names does not take."""
    check_plugin(key, package, function, module)
    allowed, _ = options_of(f"rethinking.{package}.{module}", function)
    for name in sorted(set(entry) - other_keys - allowed):
        raise InputError(
            f"config: {key}.{name}: unknown option of {module}; "
            f"{suggest(name, allowed | other_keys)}"
        )


def check_options(
    key: str, package: str, module: str, function: str, entry: Config, other_keys: set[str]
) -> None:
    """Refuse options that the function does not take, and an entry that lacks one it needs."""
    check_unknown(key, package, module, function, entry, other_keys)
    _, required = options_of(f"rethinking.{package}.{module}", function)
    for name in sorted(required - set(entry)):
        raise InputError(f"config: {key}: {module} needs {name!r}; add it")


def suggest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like one that is not known, or all that are known."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known)}" if known else "none are known"
