"""Checks of entries of the config; each raises one line with a remedy."""

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from rethinking.errors import InputError
from rethinking.names.condition import SYNTHETIC, corruption_module, parse_condition
from rethinking.step.code import arguments_of, options_of, plugins_of

Config = Mapping[str, Any]

# Keys of an entry that are not options of the function that the entry names.
MODEL_KEYS = {"label", "module", "like"}
DATASET_KEYS = {"label", "source", "block_size"}
MEASURE_KEYS = {"together"}
CONSTRUCTION_KEYS = {"module", "dataset", "seeds", "block_size", "conditions"}
# The functions by which files of the package are found, and their arguments.
ARGUMENTS = {
    "corrupt": ("dataset", "random"),
    "load": (),
    "build": ("shape", "classes"),
    "measure": ("subject",),
    "draw": ("table", "style", "labels"),
    "construct": ("dataset", "seed", "device"),
    "tabulate": ("tables", "about"),
}


def check_finite(section: Config, where: str) -> None:
    """Reject infinities and NaN anywhere in a section."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            check_finite(value, f"{where}{key}.")
        elif isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{where}{key}: {value} is not finite; write a number")


def check_condition(key: str, condition: str) -> None:
    """Refuse a condition that no corruption makes, or that differs from its name in paths."""
    parsed = parse_condition(condition)
    corruption, level = parsed.corruption, parsed.level
    options: set[str] = set()
    if corruption not in SYNTHETIC:
        shared = corruption_module(SYNTHETIC[0])
        known = {*plugins_of("rethinking.data.corruptions", "corrupt"), *SYNTHETIC} - {shared}
        check_plugin(key, "data.corruptions", "corrupt", corruption, known)
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
    """Refuse a name that is not among the ``known`` ones of the section ``where``."""
    if name not in known:
        raise InputError(f"config: {key}: {name!r} is not under {where}; {suggest(name, known)}")


def check_plugin(
    key: str, package: str, function: str, name: str, known: Iterable[str] | None = None
) -> None:
    """Refuse a name without a module in a package that defines a function.

    Args:
        key: Of the name, for error messages.
        package: Below ``rethinking``.
        function: That the module must define, with the arguments of :data:`ARGUMENTS`.
        name: Of the module.
        known: The names that are allowed; by default all such modules.
    """
    known = plugins_of(f"rethinking.{package}", function) if known is None else known
    path = f"src/rethinking/{package.replace('.', '/')}/{name}.py"
    if name not in known:
        raise InputError(
            f"config: {key}: there is no {path} with a function {function}; {suggest(name, known)}"
        )
    expected, given = ARGUMENTS[function], arguments_of(f"rethinking.{package}.{name}", function)
    if given is not None and len(given) != len(expected):
        raise InputError(
            f"config: {key}: {path}: {function} takes ({', '.join(given)}); it is given "
            f"({', '.join(expected)}), and options, which stand behind a *"
        )


def check_unknown(
    key: str, package: str, module: str, function: str, entry: Config, other_keys: set[str]
) -> None:
    """Refuse options that the function of an entry's module does not take."""
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
    """Refuse options that the function does not take, and an entry without a required one."""
    check_unknown(key, package, module, function, entry, other_keys)
    _, required = options_of(f"rethinking.{package}.{module}", function)
    for name in sorted(required - set(entry)):
        raise InputError(f"config: {key}: {module} needs {name!r}; add it")


def suggest(name: str, known: Iterable[str]) -> str:
    """The known name that is closest to an unknown one, or else all known names."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known)}" if known else "none are known"
