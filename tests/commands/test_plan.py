"""What is said of the difference between two specs of a job."""

from rethinking.commands.plan import spec_changes

SPEC = {
    "code": {},
    "inputs": "a",
    "seeds": [0],
    "source_files": {"paper/main.tex": "1"},
    "versions": {},
}


def test_a_source_is_named_and_no_hash_is_shown():
    changed = SPEC | {"inputs": "b", "source_files": {"paper/main.tex": "2", "paper/new.tex": "3"}}
    assert spec_changes(SPEC, changed) == ["paper/main.tex changed", "paper/new.tex is new to it"]


def test_files_that_change_places_are_told_where_no_setting_tells_of_them():
    exchanged = SPEC | {"inputs": "b"}
    assert spec_changes(SPEC, SPEC) == []
    (told,) = spec_changes(SPEC, exchanged)
    assert told == "it reads other files than before, or the same in another order"
    assert spec_changes(SPEC, exchanged | {"seeds": [1]}) == ["seeds: −0, +1"]
