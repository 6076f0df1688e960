"""Hashes of the inputs of a job: code (without comments, docstrings and layout) and sources."""

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
    """Hash the syntax tree of a Python file, without its docstrings, to 16 hexadecimal digits.

    All versions of Python that read the file as the same tree give the same hash.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        # Later versions of Python have more fields, which are empty here; 3.15 omits Load().
        for name, value in list(ast.iter_fields(node)):
            if value is None or value == [] or isinstance(value, ast.Load):
                delattr(node, name)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def input_hash(inputs: Mapping[str, Iterable[str]]) -> str:
    """Hash the files of each named input of a rule, in order, to 16 hexadecimal digits.

    Snakemake itself compares and caches by the set of the files, without their names and order.
    """
    return digest({name: list(files) for name, files in inputs.items()})[:16]


def source_hashes(sources: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of files that no step makes, by name, without missing files.

    Snakemake compares the content of a file only if it is newer than the results made from it.
    """
    return {name: sha256(Path(name)) for name in sorted(sources) if Path(name).is_file()}


def check_sources(hashes: Mapping[str, str]) -> None:
    """Raise if a source has changed since :func:`source_hashes` gave these hashes for a job."""
    now = source_hashes(hashes)
    for name, planned in hashes.items():
        if now.get(name) != planned:
            raise InputError(f"{name}: changed since Snakemake started; run again")


@cache
def _hash_of(path: Path, _modified: int) -> str:
    # Jobs check their code twice, and hashing all modules of a job takes a tenth of a second.
    return code_hash(path)


def check_code(hashes: Mapping[str, str]) -> None:
    """Raise if a module has changed since :func:`rethinking.step.code.code_hashes` hashed it."""
    for name, planned in hashes.items():
        path = file_of(name)
        if not path.exists() or _hash_of(path, path.stat().st_mtime_ns) != planned:
            raise InputError(f"{path}: changed since Snakemake started; run again")
