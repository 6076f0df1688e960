"""The lines that name the differences between two specs of a job."""

from rethinking.commands.plan import spec_changes

SPEC = {
    "call": "rethinking.paper.build:build",
    "code": {"rethinking.paper.build": "1"},
    "inputs": "a",
    "seeds": [0],
    "recipe": {"name": "plain", "flip": 0.0},
    "source_files": {"paper/main.tex": "1"},
    "versions": {"torch": "2"},
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


def test_settings_are_named_by_their_place_code_by_its_file_and_libraries_by_their_versions():
    changed = SPEC | {
        "code": {"rethinking.paper.build": "2"},
        "recipe": {"name": "plain", "flip": 0.5, "crop": 4},
        "versions": {"torch": "3", "numpy": "1"},
    }
    assert spec_changes(SPEC, changed) == [
        "src/rethinking/paper/build.py changed",
        "numpy unused → 1",
        "torch 2 → 3",
        "recipe.crop: none → 4",
        "recipe.flip: 0.0 → 0.5",
    ]


def test_a_function_that_moved_is_no_setting():
    moved = SPEC | {"call": "rethinking.paper.pdf:build", "code": {"rethinking.paper.pdf": "1"}}
    assert spec_changes(SPEC, moved) == [
        "src/rethinking/paper/build.py left it",
        "src/rethinking/paper/pdf.py is new to it",
    ]
