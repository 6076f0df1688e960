"""Hashes of what code says, whatever its comments, docstrings and layout."""

import ast
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.errors import InputError

SOURCE = Path(__file__).parents[1]
SCRIPTS = Path("workflow/scripts")


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
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = 0 if ast.get_docstring(node, clean=False) is None else 1
            node.body = node.body[first:]
    return hashlib.sha256(repr(_said(tree)).encode()).hexdigest()[:16]


def _said(node: Any) -> Any:
    # Fields that are empty are left out: later versions of Python know more of them.
    if isinstance(node, ast.AST):
        fields = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return (type(node).__name__, *((name, _said(value)) for name, value in fields))
    return [_said(entry) for entry in node] if isinstance(node, list) else repr(node)


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
        if not path.exists() or code_hash(path) != known:
            raise InputError(f"{path}: changed since Snakemake started; run again")
