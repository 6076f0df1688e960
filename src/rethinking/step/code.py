"""Code as an input of a step: what it can reach, hashes of what that says, versions of libraries.

Snakemake does not see an edit in a module that a script imports. The hashes made here go into a
rule's params, so that it does; a comment, a docstring or a new layout of the lines changes none.
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
# Around every job, and unable to change what one computes: see its docstring.
NEUTRAL_MODULE = f"{PACKAGE}.step.job"
# Import name to distribution, where they differ.
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}
# They move bytes and hold locks; no result depends on their version.
NEUTRAL_LIBRARIES = {"filelock", "safetensors"}


def code_hashes(script: Path, modules: Iterable[str] = ()) -> dict[str, str]:
    """Hash a script and all modules of the package that it can reach.

    Args:
        script: The adapter that a rule runs.
        modules: Modules that it loads by name (the network and the corruption of this very job),
            which no import statement shows.

    Returns:
        Module name (for the script: its file name) to 16 hexadecimal digits, sorted.
    """
    return dict(_code_hashes(script, frozenset(modules)))


def library_versions(script: Path, modules: Iterable[str] = ()) -> dict[str, str]:
    """The versions of the libraries that a script and all it can reach import.

    Args:
        script: The adapter that a rule runs.
        modules: As for :func:`code_hashes`.

    Returns:
        Distribution name to version, sorted.
    """
    return dict(_library_versions(script, frozenset(modules)))


# Thousands of jobs share a few dozen sets of modules.
@cache
def _code_hashes(script: Path, modules: frozenset[str]) -> dict[str, str]:
    own = {name for name in _reached(script, modules) if name.partition(".")[0] == PACKAGE}
    hashes = {module: _code_hash(file_of(module)) for module in own}
    return dict(sorted((hashes | {script.name: _code_hash(script)}).items()))


@cache
def _library_versions(script: Path, modules: frozenset[str]) -> dict[str, str]:
    others = {name.partition(".")[0] for name in _reached(script, modules)}
    libraries = others - {PACKAGE} - NEUTRAL_LIBRARIES - set(sys.stdlib_module_names)
    return {name: _version(name) for name in sorted(map(_distribution, libraries))}


def _reached(script: Path, modules: frozenset[str]) -> set[str]:
    entries = (imports_of(script) - {NEUTRAL_MODULE}) | modules
    return entries.union(*(_upstream(entry) for entry in entries))


def _distribution(library: str) -> str:
    name = DISTRIBUTIONS.get(library, library)
    try:
        _version(name)
    except PackageNotFoundError:
        # To look through all that is installed takes a while.
        names = packages_distributions().get(library)
        if not names:
            raise InputError(
                f"{library} is imported and not installed; install it into .venv, or mend the name"
            ) from None
        name = min(names)
    return name


_code_hash, _version = cache(code_hash), cache(version)


@cache
def plugins_of(package: str, function: str) -> tuple[str, ...]:
    """The modules directly in a package that define a function, by their short names, sorted."""
    children = _graph().find_children(package)
    having = [name for name in children if _function(name, function) is not None]
    return tuple(sorted(name.rpartition(".")[2] for name in having))


def arguments_of(module: str, function: str) -> list[str] | None:
    """The arguments of a function that are not keyword-only; None if it takes any number."""
    node = _function(module, function)
    if node is None:
        raise LookupError(f"{module} has no function {function}")
    if node.args.vararg is not None:
        return None
    return [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]


def options_of(module: str, function: str) -> tuple[set[str], set[str]]:
    """The keyword-only arguments of a function, all and the required, without importing it."""
    node = _function(module, function)
    if node is None:
        raise LookupError(f"{module} has no function {function}")
    names = [argument.arg for argument in node.args.kwonlyargs]
    defaults = zip(names, node.args.kw_defaults, strict=True)
    return set(names), {name for name, default in defaults if default is None}


def _function(module: str, name: str) -> ast.FunctionDef | None:
    for node in _tree(file_of(module)).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    return None


def constant_of(module: str, name: str) -> Any:
    """A literal that a module assigns to a name, without importing it; None where there is none."""
    for node in _tree(file_of(module)).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            return ast.literal_eval(node.value)
    return None


def imports_of(script: Path) -> set[str]:
    """The modules of the package that a script imports."""
    found = set()
    for node in ast.walk(_tree(script)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return {name for name in found & _graph().modules if name.partition(".")[0] == PACKAGE}


@cache
def _graph() -> grimp.ImportGraph:
    try:
        return grimp.build_graph(PACKAGE, include_external_packages=True, cache_dir=None)
    except grimp.exceptions.SourceSyntaxError as error:
        where = f"{error.filename}, line {error.lineno}"
        raise InputError(f"{where}: is no Python; mend it, or remove the file") from error


@cache
def _upstream(module: str) -> frozenset[str]:
    return frozenset(_graph().find_upstream_modules(module))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
