"""The code of a step: hashes of every module that it can import, and versions of its libraries.

Snakemake does not notice changes of modules that a script imports. These hashes are part of a
rule's params, so that it does. Comments, docstrings and the layout of lines do not change a hash.
"""

import ast
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any

import grimp

from rethinking.errors import InputError
from rethinking.step.hashes import code_hash, file_of

PACKAGE = "rethinking"
# Import name to distribution, where the two differ.
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}
# Libraries that move bytes, check types and hold locks; no result depends on their versions.
NEUTRAL_LIBRARIES = {"filelock", "msgspec", "safetensors"}


def code_hashes(modules: Iterable[str]) -> dict[str, str]:
    """Hash some modules of the package and all modules of the package that they can import.

    The modules are that of the function which a step calls, and those that it loads by name (the
    network and the corruption of the job), which no import statement shows. Each sorted name gets
    16 hexadecimal digits.
    """
    return dict(_code_hashes(frozenset(modules)))


def library_versions(modules: Iterable[str]) -> dict[str, str]:
    """The versions of the libraries, sorted, that some modules and all that they can import use."""
    return dict(_library_versions(frozenset(modules)))


# Thousands of jobs share a few dozen sets of modules.
@cache
def _code_hashes(modules: frozenset[str]) -> dict[str, str]:
    own = sorted(name for name in _reached(modules) if name.partition(".")[0] == PACKAGE)
    return {module: _code_hash(file_of(module)) for module in own}


@cache
def _library_versions(modules: frozenset[str]) -> dict[str, str]:
    others = {name.partition(".")[0] for name in _reached(modules)}
    libraries = others - {PACKAGE} - NEUTRAL_LIBRARIES - set(sys.stdlib_module_names)
    return {name: _version(name) for name in sorted(map(_distribution, libraries))}


def _reached(modules: frozenset[str]) -> set[str]:
    return set(modules).union(*map(_upstream, modules))


def _distribution(library: str) -> str:
    name = DISTRIBUTIONS.get(library, library)
    try:
        _version(name)
    except PackageNotFoundError:
        # A search through all installed distributions is slow.
        names = packages_distributions().get(library)
        if not names:
            raise InputError(
                f"{library} is imported and not installed; install it into .venv, or fix the name"
            ) from None
        name = min(names)
    return name


_code_hash, _version = cache(code_hash), cache(version)


@cache
def plugins_of(package: str, function: str) -> tuple[str, ...]:
    """The modules directly in a package that define a function, by short name, sorted."""
    children = _graph().find_children(package)
    modules = [name for name in children if function_of(name, function) is not None]
    return tuple(sorted(name.rpartition(".")[2] for name in modules))


def arguments_of(module: str, function: str) -> list[str] | None:
    """The arguments of a function that are not keyword-only; None if it has ``*args``."""
    arguments = _arguments(module, function)
    if arguments.vararg is not None:
        return None
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]


def options_of(module: str, function: str) -> tuple[set[str], set[str]]:
    """The keyword-only arguments of a function, all and the required ones, without an import."""
    arguments = _arguments(module, function)
    names = [argument.arg for argument in arguments.kwonlyargs]
    defaults = zip(names, arguments.kw_defaults, strict=True)
    return set(names), {name for name, default in defaults if default is None}


def _arguments(module: str, function: str) -> ast.arguments:
    node = function_of(module, function)
    if node is None:
        raise LookupError(f"{module} has no function {function}")
    return node.args


def function_of(module: str, name: str) -> ast.FunctionDef | None:
    """The syntax tree of a function in a module, without an import; None if there is none."""
    for node in _tree(file_of(module)).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    return None


def constant_of(module: str, name: str) -> Any:
    """The literal that a module assigns to a name, without an import; None if there is none."""
    for node in _tree(file_of(module)).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            return ast.literal_eval(node.value)
    return None


@cache
def _graph() -> grimp.ImportGraph:
    try:
        return grimp.build_graph(
            PACKAGE,
            include_external_packages=True,
            # No step runs them, so that its environment needs no such libraries.
            exclude_type_checking_imports=True,
            cache_dir=None,
        )
    except grimp.exceptions.SourceSyntaxError as error:
        where = f"{error.filename}, line {error.lineno}"
        raise InputError(f"{where}: has a syntax error; fix it, or remove the file") from error


@cache
def _upstream(module: str) -> frozenset[str]:
    return frozenset(_graph().find_upstream_modules(module))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
