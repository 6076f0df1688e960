"""The conda environments hold what their steps import, in the versions of the lock."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from itertools import chain
from pathlib import Path

import grimp
import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement

from rethinking.step.code import imports_of, plugins_of

ROOT = Path(__file__).parents[2]
# Import name to distribution, where they differ.
DISTRIBUTIONS = {"yaml": "pyyaml", "PIL": "pillow", "sklearn": "scikit-learn"}
# What the steps of an environment load by name.
PLUGINS = {
    "train": [
        ("rethinking.data.sources", "load"),
        ("rethinking.data.corruptions", "corrupt"),
        ("rethinking.models", "build"),
        ("rethinking.measures", "measure"),
    ],
    "analysis": [("rethinking.figures", "draw")],
    "latex": [],
}


def locked(python):
    """Distribution to version in requirements.lock, for Linux and a Python version."""
    environment = {
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "posix",
    }
    lines = re.findall(r"^[A-Za-z0-9].*?(?= \\$)", (ROOT / "requirements.lock").read_text(), re.M)
    versions = {}
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (specifier,) = requirement.specifier
            versions[requirement.name] = specifier.version
    return versions


def environment(name):
    """An environment's Python version, and its distributions with their versions."""
    content = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    plain = [entry for entry in content["dependencies"] if isinstance(entry, str)]
    (python,) = [entry.partition("=")[2] for entry in plain if entry.startswith("python=")]
    (pip,) = [entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict)] or [[]]
    return python, dict(entry.split("==") for entry in pip)


def steps():
    """Script and environment of every rule."""
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for rule in re.split(r"^rule ", path.read_text(), flags=re.M)[1:]:
            (environment_name,) = re.findall(r'conda:\s+"../../envs/(\w+)\.yaml"', rule)
            (script,) = re.findall(r'script:\s+"../scripts/(\w+\.py)"', rule)
            yield script, environment_name


def test_every_rule_names_an_environment_and_every_script_has_a_rule():
    used = {script for script, _ in steps()}
    assert used == {path.name for path in (ROOT / "workflow/scripts").glob("*.py")}
    assert {name for _, name in steps()} == {path.stem for path in (ROOT / "envs").glob("*.yaml")}


# What conda reads, as strict as this project is: one channel, and exact versions.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["channels", "dependencies"],
    "properties": {
        "channels": {"const": ["conda-forge"]},
        "dependencies": {
            "type": "array",
            "prefixItems": [{"pattern": "^python=3[.][0-9]+$"}],
            "items": {
                "anyOf": [
                    {"type": "string", "pattern": "^[a-z0-9-]+$"},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["pip"],
                        "properties": {
                            "pip": {
                                "type": "array",
                                "uniqueItems": True,
                                "items": {"pattern": "^[a-z0-9-]+==[0-9][0-9a-z.]*$"},
                            }
                        },
                    },
                ]
            },
        },
    },
}


@pytest.mark.parametrize("name", PLUGINS)
def test_it_is_an_environment_file_of_condas(name):
    content = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    jsonschema.validate(content, SCHEMA)
    # Only pip installs packages from a lock of pip's.
    assert any("pip" in entry for entry in content["dependencies"]) == ("pip" in str(content))


@pytest.mark.parametrize("name", PLUGINS)
def test_versions_are_those_of_the_lock(name):
    python, packages = environment(name)
    versions = locked(python)
    assert packages == {package: versions[package] for package in packages}


@pytest.fixture(scope="module")
def graph():
    """Which module imports which."""
    return grimp.build_graph("rethinking", include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize(("script", "name"), list(steps()))
def test_an_environment_provides_what_its_step_imports(script, name, graph):
    entries = imports_of(ROOT / "workflow/scripts" / script)
    for package, function in PLUGINS[name]:
        entries |= {f"{package}.{plugin}" for plugin in plugins_of(package, function)}
    reached = entries.union(*(graph.find_upstream_modules(entry) for entry in entries))
    external = {
        module
        for module in reached
        if not module.startswith("rethinking") and module not in sys.stdlib_module_names
    }
    _, packages = environment(name)
    assert {DISTRIBUTIONS.get(module, module) for module in external} <= set(packages)


def with_requirements(packages):
    """Installed distributions, with all that they require."""
    found, waiting = {}, list(packages)
    while waiting:
        name = waiting.pop()
        if name.lower() in found:
            continue
        try:
            found[name.lower()] = distribution(name)
        except PackageNotFoundError:
            continue  # required on other systems only
        requirements = map(Requirement, found[name.lower()].requires or [])
        waiting += [
            one.name
            for one in requirements
            if one.marker is None or one.marker.evaluate({"extra": ""})
        ]
    return found.values()


@pytest.mark.parametrize("name", PLUGINS)
def test_what_its_steps_import_can_be_imported_from_what_it_holds(tmp_path, name):
    """All modules of the steps, by a Python that sees nothing else that is installed here."""
    _, packages = environment(name)
    for one in with_requirements(packages):
        for file in one.files:
            if file.parts[0] != ".." and not (tmp_path / file.parts[0]).exists():
                (tmp_path / file.parts[0]).symlink_to(Path(one.locate_file(file.parts[0])))
    modules = set().union(
        *(
            imports_of(ROOT / "workflow/scripts" / script)
            for script, used in steps()
            if used == name
        )
    )
    for package, function in PLUGINS[name]:
        modules |= {f"{package}.{plugin}" for plugin in plugins_of(package, function)}
    program = (
        f"import importlib, sys; sys.path += [{str(tmp_path)!r}, {str(ROOT / 'src')!r}]\n"
        f"for name in {sorted(modules)}: importlib.import_module(name)\n"
        "import rethinking; print(rethinking.__path__[0])"
    )
    # Without the site module, and so without site-packages.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(ROOT / "src/rethinking")


def test_the_lock_holds_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert len(blocks) > 100
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_holds_all_that_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    asked = [*project["dependencies"], *chain.from_iterable(extras)]
    for python in ("3.11", "3.12", "3.13"):
        versions = {name.lower(): version for name, version in locked(python).items()}
        for requirement in map(Requirement, asked):
            assert requirement.specifier.contains(versions[requirement.name.lower()]), requirement


def test_scripts_import_the_snakemake_object_for_checkers_only():
    # Importing it for real would cost every job the start of Snakemake.
    for path in (ROOT / "workflow/scripts").glob("*.py"):
        body = ast.parse(path.read_text()).body
        imports = [node for node in body if isinstance(node, ast.ImportFrom)]
        assert all(not node.module.startswith("snakemake") for node in imports), path
