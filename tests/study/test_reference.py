"""docs/config.md says what the schema, the config and the code say."""

import importlib.util

import pytest
import yaml


@pytest.fixture
def generator(root, monkeypatch):
    monkeypatch.chdir(root)
    spec = importlib.util.spec_from_file_location("config_page", root / "docs/config.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def schema(root):
    return yaml.safe_load((root / "workflow/schemas/config.schema.yaml").read_text())


def test_the_page_is_current(generator, root):
    current = (root / "docs/config.md").read_text()
    assert current == generator.page(), "python docs/config.py writes it anew"


def test_every_key_is_described(generator, schema):
    told = {path: meaning for path, _, meaning in generator.rows(schema, schema)}
    assert [path for path, meaning in told.items() if not meaning] == []
    assert len(told) > 90


def test_an_option_of_the_code_is_told_with_its_default(generator):
    lines = list(generator.options("models", "build"))
    assert "- `hidden`: The width of each hidden layer." in lines
    assert any(line.startswith("- `batch_norm` (True): ") for line in lines)
    assert all(": " in line and line.strip()[-1] != ":" for line in lines if line[:1] == "-")


def test_defaults_are_those_of_the_config(generator):
    assert generator.default({"a": {"b": False}}, "a.b") == "`false`"
    assert generator.default({"a": {"b": "x"}}, "a.b") == "`x`"
    assert generator.default({"a": {"b": {}}}, "a.b") == generator.default({}, "a.b") == ""
