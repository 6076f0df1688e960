"""Hashes of what a job reads: code, whatever its comments, docstrings and layout, and sources."""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from rethinking.errors import InputError
from rethinking.files import digest, sha256

SOURCE = Path(__file__).parents[2]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def file_of(module: str) -> Path:
    """The file of a module of the package."""
    path = SOURCE / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def code_hash(path: Path) -> str:
    """Hash the syntax tree of a Python file without its docstrings.

    The same under every version of Python that reads the file as the same tree.

    Returns:
        16 hexadecimal digits.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        # Later versions of Python know more fields, which are empty here.
        for name, value in list(ast.iter_fields(node)):
            if value is None or value == []:
                delattr(node, name)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def input_hash(inputs: Mapping[str, Iterable[str]]) -> str:
    """Hash which file is which, as Snakemake compares and caches by the set of them.

    Args:
        inputs: The names of a rule's inputs to their files in order.

    Returns:
        16 hexadecimal digits.
    """
    return digest({name: list(files) for name, files in inputs.items()})[:16]


def source_hashes(sources: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of files that no step makes, by their names; missing files are left out.

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
    # Jobs look twice, and it takes a tenth of a second for all modules that one reaches.
    return code_hash(path)


def check_code(hashes: Mapping[str, str]) -> None:
    """Compare the code as it is now with the code that a job was planned with.

    Args:
        hashes: Module name to hash.

    Raises:
        InputError: A file has changed since.
    """
    for name, known in hashes.items():
        path = file_of(name)
        if not path.exists() or _hash_of(path, path.stat().st_mtime_ns) != known:
            raise InputError(f"{path}: changed since Snakemake started; run again")
