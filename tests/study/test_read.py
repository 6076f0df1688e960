"""YAML that would be read as other than what it says."""

import pytest

from rethinking.errors import InputError
from rethinking.study.read import read_yaml

KINDS = {"no": "bool", "null": "null", "12": "int", "1.0e+3": "float", "2020-01-01": "timestamp"}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_a_name_that_is_no_text_to_yaml_is_to_be_quoted(tmp_path, name, kind):
    path = tmp_path / "mine.yaml"
    path.write_text(f"scales:\n  smoke:\n    datasets:\n      {name}: {{source: digits}}\n")
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    said = f'line 4: the key {name} is no text to YAML, but {kind}; quote it: "{name}"'
    assert str(caught.value) == f"{path}, {said}"
    path.write_text(f'datasets: {{"{name}": {{source: digits}}}}\n')
    assert read_yaml(path) == {"datasets": {name: {"source": "digits"}}}


def test_what_is_merged_into_a_mapping_is_no_key(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n1e3: text\n")
    assert read_yaml(path) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "1e3": "text"}
