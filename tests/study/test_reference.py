"""docs/config.md agrees with the schema, the config and the code."""

import importlib.util
import re

import pytest

from rethinking.step.code import plugins_of
from rethinking.study.entries import leaves
from rethinking.study.schema import config_schema
from tests.helpers.config import SCHEMAS, SHIPPED


@pytest.fixture
def generator(root, monkeypatch):
    monkeypatch.chdir(root)
    spec = importlib.util.spec_from_file_location("config_page", root / "docs/config.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def meanings_of(generator):
    """The meaning of each key on the page."""
    schema = config_schema(SCHEMAS)
    return {path: meaning for path, _, meaning in generator.rows(schema, schema)}


def test_the_page_is_current(generator, root):
    current = (root / "docs/config.md").read_text()
    assert current == generator.page(), "python docs/config.py writes it anew"


def test_every_key_is_described(generator):
    meanings = meanings_of(generator)
    assert [path for path, meaning in meanings.items() if not meaning] == []
    assert len(meanings) > 90


def test_every_key_of_the_shipped_config_is_on_the_page(generator):
    schema = config_schema(SCHEMAS)
    patterns = []
    for path, values, _ in generator.rows(schema, schema):
        pattern = re.escape(path).replace("<name>", "[^.]+")
        # A key with values by name is described as a whole.
        patterns.append(pattern + (r"(\..*)?" if values.startswith("by name") else ""))
    described = re.compile("|".join(patterns))
    assert [path for path, _, _ in leaves(SHIPPED) if not described.fullmatch(path)] == []


def test_an_option_leads_to_the_functions_that_take_it(generator):
    meanings = meanings_of(generator)
    assert meanings["models.<name>.hidden"] == "Option of `mlp`: see [Networks](#networks)."
    assert meanings["tables.<name>.layout"] == "A file in src/rethinking/paper/tables/."
    assert "`label_noise`, `profiles`" in meanings["figures.drawn.<name>.percent"]
    page = generator.page()
    for heading, package, function, cost in generator.FUNCTIONS:
        assert f"\n## {heading}\n\n" in page
        assert cost.startswith("A change ")
        for module in plugins_of(f"rethinking.{package}", function):
            assert f"\n**`{module}`**: " in page


def test_an_option_of_a_function_has_its_description_and_default(generator):
    lines = list(generator.options("models", "build"))
    assert "- `hidden`: The width of each hidden layer." in lines
    assert any(line.startswith("- `batch_norm` (True): ") for line in lines)
    for _, package, function, _ in generator.FUNCTIONS:
        lines = list(generator.options(package, function))
        assert all(": " in line and line.strip()[-1] != ":" for line in lines if line[:1] == "-")


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"type": "integer", "minimum": 1}, "integer ≥ 1"),
        ({"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
         "number or null > 0, ≤ 1"),
        ({"$ref": "#/$defs/positive"}, "number > 0"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "list of: a, b"),
        ({"anyOf": [{"type": "string"}, {"type": "boolean"}]}, "text; or boolean"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "by name: text"),
        ({"type": "object", "additionalProperties": False}, ""),
        ({"type": "object", "additionalProperties": {"type": "object", "properties": {}}}, ""),
    ],
)  # fmt: skip
def test_values_have_their_bounds(generator, entry, text):
    assert generator.values(config_schema(SCHEMAS), entry) == text


def test_defaults_are_those_of_the_config(generator):
    assert generator.default({"a": {"b": False}}, "a.b") == "`false`"
    assert generator.default({"a": {"b": "x"}}, "a.b") == "`x`"
    assert generator.default({"a": {"b": {}}}, "a.b") == generator.default({}, "a.b") == ""
