"""Checks of entries of the config; each raises an error of one line with a remedy."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema

from rethinking.errors import InputError
from rethinking.names.condition import SYNTHETIC, corruption_module, parse_condition
from rethinking.step.code import arguments_of, options_of, plugins_of

Config = Mapping[str, Any]

# Keys of an entry that are not options of the function in its module.
MODEL_KEYS = {"label", "module", "like"}
DATASET_KEYS = {"label", "source", "block_size"}
MEASURE_KEYS = {"together"}
CONSTRUCTION_KEYS = {"module", "dataset", "seeds", "block_size", "conditions"}
# The functions that make a module a plug-in, and their arguments.
ARGUMENTS = {
    "corrupt": ("dataset", "random"),
    "load": (),
    "build": ("shape", "classes"),
    "measure": ("subject",),
    "draw": ("table", "style", "labels"),
    "construct": ("dataset", "seed", "device"),
    "tabulate": ("tables", "about"),
}


def first_error(content: Any, schema: Any) -> jsonschema.ValidationError | None:
    """The first violation of a JSON schema, in the order of the keys."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(content)
    return min(errors, key=lambda error: list(map(str, error.path)), default=None)


def leaves(section: Config, where: str = "") -> Iterator[tuple[str, str, Any]]:
    """The dotted path (behind ``where``), the last key and the value of each entry of a section."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", key, value


def check_finite(section: Config, where: str) -> None:
    """Reject infinities and NaN anywhere in a section; ``where`` leads to it in messages."""
    for path, _, value in leaves(section, where):
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{path}: {value} is not finite; write a number")


def check_condition(key: str, condition: str) -> None:
    """Raise if no corruption makes a condition, or its name in paths would be another one."""
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
    """Raise if a name is not among the ``known`` names of the section ``where``."""
    if name not in known:
        raise InputError(f"config: {key}: {name!r} is not under {where}; {suggest(name, known)}")


def check_plugin(
    key: str, package: str, function: str, name: str, known: Iterable[str] | None = None
) -> None:
    """Raise if a package below ``rethinking`` has no module of a name that defines a function.

    The function has the arguments of :data:`ARGUMENTS`. The allowed names are by default those of
    all modules that define it. ``key`` is that of the name, for error messages.
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
    """Raise if an entry has options that the function in its module does not take."""
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
    """Raise if an entry has an option that the function does not take, or lacks a required one."""
    check_unknown(key, package, module, function, entry, other_keys)
    _, required = options_of(f"rethinking.{package}.{module}", function)
    for name in sorted(required - set(entry)):
        raise InputError(f"config: {key}: {module} needs {name!r}; add it")


def suggest(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is closest to an unknown one, or all known names."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known)}" if known else "none are known"
