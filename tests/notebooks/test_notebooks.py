"""The notebooks: both forms of each say the same, and all run on results that were built."""

import ast
import os
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.helpers.project import results_of

FOLDER = Path(__file__).parents[2] / "notebooks"
# How many pictures each shows.
PICTURES = {
    "toy_two_stage": 3,
    "exploratory_analysis": 2,
    "random_walk_analysis": 3,
    "figure_generation": 4,
}


def as_script(name):
    return jupytext.read(FOLDER / f"{name}.py")


def as_notebook(name, folder=FOLDER):
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(notebook, project, scale, jupyter):
    """Run a notebook in a kernel of its own, beside a copy of the project, and with its package."""
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(project / "notebooks")}}
    )
    variables = {
        "IPYTHONDIR": str(jupyter),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(project / "src"),
        "SCALE": scale,
    }
    client.execute(env=os.environ | variables)


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """A folder for what Jupyter reads and writes, in place of the user's."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def test_every_notebook_is_tested_in_both_forms_and_in_the_readme():
    for suffix in (".py", ".ipynb"):
        assert {path.stem for path in FOLDER.glob(f"*{suffix}")} == set(PICTURES)
    readme = (FOLDER / "README.md").read_text()
    assert [name for name in PICTURES if f"| `{name}` |" not in readme] == []


@pytest.mark.parametrize("name", PICTURES)
def test_both_forms_have_the_same_cells(name):
    script, notebook = (
        [(cell.cell_type, cell.source) for cell in form.cells]
        for form in (as_script(name), as_notebook(name))
    )
    assert notebook == script, "jupytext --sync notebooks/*.py"


@pytest.mark.parametrize("name", PICTURES)
def test_no_output_is_stored(name):
    notebook = as_notebook(name)
    nbformat.validate(notebook)
    assert {(len(cell.outputs), cell.execution_count) for cell in code_of(notebook)} == {(0, None)}


@pytest.mark.parametrize("name", PICTURES)
def test_it_uses_public_names_only(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    names = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    names += [node.name for node in ast.walk(tree) if isinstance(node, ast.alias)]
    assert [one for one in names if any(part.startswith("_") for part in one.split("."))] == []


@pytest.mark.parametrize("name", PICTURES)
def test_it_runs_without_a_warning_and_shows_its_pictures(name, built, jupyter):
    before = results_of(built)
    notebook = as_notebook(name, built / "notebooks")
    execute(notebook, built, "smoke", jupyter)
    outputs = [output for cell in code_of(notebook) for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "stream"] == []
    assert sum("image/png" in output.data for output in outputs) == PICTURES[name]
    assert results_of(built) == before


def test_missing_results_are_one_line_in_place_of_a_traceback(built, jupyter):
    notebook = as_notebook("figure_generation", built / "notebooks")
    with pytest.raises(CellExecutionError):
        execute(notebook, built, "nowhere", jupyter)
    (error,) = code_of(notebook)[0].outputs
    (line,) = error.traceback
    assert line.startswith("error: ../results/nowhere/figures/learning_curves.png is missing; ")
