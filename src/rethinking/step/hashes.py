"""Hashes of what a job reads: code, whatever its comments, docstrings and layout, and sources."""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rethinking.errors import InputError
from rethinking.files import digest, sha256

SOURCE = Path(__file__).parents[2]
SCRIPTS = Path("workflow/scripts")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def file_of(module: str) -> Path:
    """The file of a module of the package."""
    path = SOURCE / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def code_hash(path: Path) -> str:
    """Hash what a file of Python says: its syntax tree without docstrings.

    The same under every version of Python that reads the file as the same tree.

    Returns:
        16 hexadecimal digits.
    """
    return hashlib.sha256(_said(ast.parse(path.read_text(encoding="utf-8"))).encode()).hexdigest()[
        :16
    ]


def _said(node: Any) -> str:
    """What a syntax tree says: ``repr`` of its nodes as tuples, written in one go, as jobs wait."""
    if isinstance(node, list):
        return f"[{', '.join(map(_said, node))}]"
    if not isinstance(node, ast.AST):
        return repr(repr(node))
    parts = [repr(type(node).__name__)]
    for name in node._fields:
        value: Any = getattr(node, name, None)
        if name == "body" and isinstance(node, DOCUMENTED):
            value = value[ast.get_docstring(node, clean=False) is not None :]
        # Fields that are empty are left out: later versions of Python know more of them.
        if value is not None and value != []:
            parts.append(f"('{name}', {_said(value)})")
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def input_hash(inputs: Mapping[str, Iterable[str]]) -> str:
    """Hash which file is which, as Snakemake compares and caches by the set of them.

    Args:
        inputs: What a rule calls its files, to their names in order.

    Returns:
        16 hexadecimal digits.
    """
    return digest({name: list(files) for name, files in inputs.items()})[:16]


def source_hashes(sources: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of files that no step makes, by their names; those that are missing left out.

    Snakemake looks into a file only if it is newer than what was made from it.
    """
    return {name: sha256(Path(name)) for name in sorted(sources) if Path(name).is_file()}


def check_sources(hashes: Mapping[str, str]) -> None:
    """Compare sources as they are now with those that a job was planned with.

    Args:
        hashes: As :func:`source_hashes` gave them then.

    Raises:
        InputError: A file has changed since.
    """
    now = source_hashes(hashes)
    for name, known in hashes.items():
        if now.get(name) != known:
            raise InputError(f"{name}: changed since Snakemake started; run again")


@cache
def _hash_of(path: Path, _modified: int) -> str:
    # Jobs look twice, and it takes a tenth of a second for all that one reaches.
    return code_hash(path)


def check_code(hashes: Mapping[str, str], root: Path) -> None:
    """Compare the code as it is now with the code that a job was planned with.

    Args:
        hashes: Module name, or file name of a script, to hash.
        root: The folder of the project.

    Raises:
        InputError: A file has changed since.
    """
    for name, known in hashes.items():
        path = root / SCRIPTS / name if name.endswith(".py") else file_of(name)
        if not path.exists() or _hash_of(path, path.stat().st_mtime_ns) != known:
            raise InputError(f"{path}: changed since Snakemake started; run again")
