"""Which file is which, what code says, and what files that no step makes say."""

import ast
import hashlib
import os

import pytest

from rethinking.errors import InputError
from rethinking.step.hashes import (
    check_code,
    check_sources,
    code_hash,
    file_of,
    input_hash,
    source_hashes,
)

CODE = '''"""A module."""

import math
from collections import deque as queue


class Empty:
    """Of a class."""


class Point:
    """Of a class."""

    x: float = 0.0

    def __init__(self):
        """Of a method."""
        self.y = None

    async def wait(self, *rest, now=None, **more) -> list:
        """Of a coroutine."""
        return []


def nothing():
    """Of a function that has no more."""


def area(radius, *, scale=2):
    """Of a function."""
    if radius < 0:
        return
    for _ in range(3):
        yield math.pi * radius**2 * scale, {**{}}, (), [], "text", b"", ..., queue
'''


@pytest.fixture
def hashed(tmp_path):
    def write_and_hash(text):
        (tmp_path / "a.py").write_text(text)
        return code_hash(tmp_path / "a.py")

    return write_and_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '"""Other words."""'),
        ('"""A module."""\n', ""),
        ('"""Of a class."""', '"""Other words,\n\n    and more.\n    """'),
        ('        """Of a method."""\n', ""),
        ('"""Of a coroutine."""', '"""Other words."""'),
        ('"""Of a function that has no more."""', '"""Other words."""'),
        ("return []", "return []  # a comment"),
        ("return []", "# a comment\n        return []"),
        ("radius < 0", "(radius\n        < 0)"),
        ("\n\n\ndef", "\n\ndef"),
        ("        return\n", "            return\n"),
        ('"text"', "'text'"),
        ("\n", "\r\n"),
    ],
)
def test_docstrings_comments_and_layout_change_no_hash(hashed, old, new):
    assert old in CODE
    assert hashed(CODE.replace(old, new)) == hashed(CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scale=2", "scale=3"),
        ("*, scale=2", "scale=2"),
        ("now=None", "now=..."),
        ("-> list", "-> tuple"),
        (" -> list", ""),
        ("async def", "def"),
        ("self.y = None", "self.y = 0"),
        ("return []", "return ()"),
        ("return []", "return [None]"),
        ("        return\n", "        return None\n"),
        ("{**{}}", "{}"),
        ("as queue", "as line"),
        ("self.y = None", "self.y == None"),
        ("self.y = None", "del self.y"),
        ("class Point:", "class Point(Empty):"),
        ("class Point:", "@final\nclass Point:"),
        ('"text"', 'b"text"'),
        ('"""Of a function."""', '"""Of a function."""\n    "more"'),
        ("radius < 0", "radius <= 0"),
        ("(), []", "[], ()"),
    ],
)
def test_whatever_else_changes_changes_the_hash(hashed, old, new):
    assert old in CODE
    assert hashed(CODE.replace(old, new, 1)) != hashed(CODE)


def test_the_hash_is_the_same_for_every_version_of_python(hashed):
    assert hashed(CODE) == "324b4b2d1e92f8f5"


def test_what_versions_of_python_write_or_leave_out_is_no_part_of_a_hash(hashed, monkeypatch):
    # 3.13 leaves out empty lists, and 3.15 the mark of a name that is read.
    written, dump = [], ast.dump
    monkeypatch.setattr(ast, "dump", lambda tree: written.append(dump(tree)) or dump(tree))
    hashed(CODE)
    assert len(written) == 1
    assert "Store()" in written[0]
    assert "Load()" not in written[0]
    assert "=[]" not in written[0]


@pytest.mark.parametrize("value", [None, []])
def test_fields_that_a_later_version_of_python_adds_change_no_hash(hashed, monkeypatch, value):
    # As 3.12 has added `type_params` to functions and classes.
    before, parse = hashed(CODE), ast.parse

    def parse_later(text):
        tree = parse(text)
        for node in ast.walk(tree):
            node.of_a_later_version = value
        return tree

    for kind in (ast.FunctionDef, ast.ClassDef, ast.Constant, ast.arguments):
        monkeypatch.setattr(kind, "_fields", (*kind._fields, "of_a_later_version"))
    monkeypatch.setattr(ast, "parse", parse_later)
    assert "of_a_later_version" in ast.dump(parse_later("def f(): pass"))
    assert hashed(CODE) == before


def test_a_module_is_a_file_and_a_package_its_init():
    assert file_of("rethinking.step.hashes").samefile(code_hash.__code__.co_filename)
    assert file_of("rethinking.step").parts[-2:] == ("step", "__init__.py")


def test_code_that_has_changed_or_gone_since_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("rethinking.step.hashes.SOURCE", tmp_path)
    path = tmp_path / "rethinking/a.py"
    path.parent.mkdir()
    path.write_text("X = 1\n")
    known = {"rethinking.a": code_hash(path)}
    check_code(known)
    path.write_text('"""A docstring."""\n\nX = 1\n')
    os.utime(path, (1, 1))
    check_code(known)
    path.write_text("X = 2\n")
    os.utime(path, (2, 2))
    said = r"a\.py: changed since Snakemake started; run again$"
    with pytest.raises(InputError, match=said):
        check_code(known)
    path.unlink()
    with pytest.raises(InputError, match=said):
        check_code(known)


def test_files_that_change_places_change_the_hash():
    inputs = {"dataset": ["d"], "corrupted": ["a", "b"]}
    assert input_hash(inputs) == input_hash({"corrupted": ["a", "b"], "dataset": ["d"]})
    others = [
        {"dataset": ["d"], "corrupted": ["b", "a"]},
        {"dataset": ["a"], "corrupted": ["d", "b"]},
        {"dataset": ["d", "a"], "corrupted": ["b"]},
    ]
    assert len({input_hash(one) for one in (inputs, *others)}) == 4


def test_a_source_is_known_by_its_content_whatever_its_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.tex").write_text("old")
    (tmp_path / "a.tex").write_text("")
    found = source_hashes(["b.tex", "a.tex", "missing.tex"])
    assert list(found.items()) == [
        ("a.tex", hashlib.sha256(b"").hexdigest()),
        ("b.tex", hashlib.sha256(b"old").hexdigest()),
    ]
    os.utime("b.tex", (1, 1))
    check_sources(found)
    (tmp_path / "b.tex").write_text("new")
    os.utime("b.tex", (1, 1))
    said = r"^b\.tex: changed since Snakemake started; run again$"
    with pytest.raises(InputError, match=said):
        check_sources(found)
    (tmp_path / "b.tex").unlink()
    with pytest.raises(InputError, match=said):
        check_sources(found)
