"""The conda environments hold what their steps import, in the versions of the lock."""

import ast
import importlib
import inspect
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

from rethinking.names.kinds import kinds
from rethinking.step.code import plugins_of
from tests.helpers.rules import environment_of, rules, specs

ROOT = Path(__file__).parents[2]
# Import name to distribution, where they differ.
DISTRIBUTIONS = {"yaml": "pyyaml", "PIL": "pillow", "sklearn": "scikit-learn"}
ENVIRONMENTS = ("train", "analysis", "latex")
# What the steps of an environment load by name.
PLUGINS = {
    "train": [
        ("rethinking.data.sources", "load"),
        ("rethinking.data.corruptions", "corrupt"),
        ("rethinking.models", "build"),
        ("rethinking.measures", "measure"),
        ("rethinking.constructions", "construct"),
    ],
    "analysis": [("rethinking.figures", "draw"), ("rethinking.paper.tables", "tabulate")],
    "latex": [],
}
# The adapter of all rules, which imports msgspec for functions with a spec alone.
ADAPTER = {"rethinking.step.call", "rethinking.step.job"}


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


def calls(rule):
    """The functions that the jobs of a rule call, as ``module:function``."""
    return {spec["call"] for spec in specs()[rule]}


def takes_spec(call):
    module, _, name = call.partition(":")
    return "spec" in inspect.signature(getattr(importlib.import_module(module), name)).parameters


def loaded_by_name(environment_name):
    """The modules that steps of an environment can load by name, and those of all kinds."""
    modules = {
        f"{package}.{module}"
        for package, function in PLUGINS[environment_name]
        for module in plugins_of(package, function)
    }
    return modules | {f"rethinking.{kind}.kind" for kind in kinds() if modules}


def test_every_rule_has_the_adapter_as_its_script_and_jobs_and_an_environment():
    for name, body in rules().items():
        assert re.findall(r'script:\s+"(.*)"', body) == ["../step.py"], name
        assert environment_of(name) in ENVIRONMENTS, name
    assert set(rules()) == set(specs())
    assert {environment_of(name) for name in rules()} == set(ENVIRONMENTS)
    assert {path.stem for path in (ROOT / "envs").glob("*.yaml")} == set(ENVIRONMENTS)


def test_a_spec_is_that_of_its_own_rule():
    for name, body in rules().items():
        named = re.findall(r'spec=lambda w: spec\(\s*w,\s*"(\w+)"', body)
        assert named == ([] if name == "download" else [name])


def test_every_function_that_is_called_is_there_and_its_code_in_the_spec():
    for name in rules():
        for spec in specs()[name]:
            module, _, function = spec["call"].partition(":")
            assert callable(getattr(importlib.import_module(module), function)), name
            assert name == "download" or module in spec["code"], name


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


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_is_an_environment_file_of_condas(name):
    content = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    jsonschema.validate(content, SCHEMA)
    # Only pip installs packages from a lock of pip's.
    assert any("pip" in entry for entry in content["dependencies"]) == ("pip" in str(content))


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_versions_are_those_of_the_lock(name):
    python, packages = environment(name)
    versions = locked(python)
    assert packages == {package: versions[package] for package in packages}


@pytest.fixture(scope="module")
def graph():
    """Which module imports which when it runs."""
    return grimp.build_graph(
        "rethinking",
        include_external_packages=True,
        exclude_type_checking_imports=True,
        cache_dir=None,
    )


def libraries(graph, modules):
    """The distributions that some modules, and all that they can reach, import."""
    reached = set(modules).union(*(graph.find_upstream_modules(module) for module in modules))
    external = {
        module
        for module in reached
        if not module.startswith("rethinking") and module not in sys.stdlib_module_names
    }
    return {DISTRIBUTIONS.get(module, module) for module in external}


@pytest.mark.parametrize("rule", sorted(rules()))
def test_an_environment_provides_what_its_step_imports(rule, graph):
    name = environment_of(rule)
    _, packages = environment(name)
    modules = {call.partition(":")[0] for call in calls(rule)} | loaded_by_name(name)
    assert libraries(graph, modules) <= set(packages)
    adapter = libraries(graph, ADAPTER)
    assert adapter <= {"msgspec"}
    assert "msgspec" in packages or not any(map(takes_spec, calls(rule)))
    # What is noted in a record is looked up where the job runs.
    assert set().union(*(spec["versions"] for spec in specs()[rule])) <= set(packages)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_holds_nothing_that_no_step_imports(name, graph):
    _, packages = environment(name)
    modules = loaded_by_name(name)
    for rule in rules():
        if environment_of(rule) == name:
            modules |= {call.partition(":")[0] for call in calls(rule)}
    spec = {"msgspec"} if packages else set()
    assert set(packages) == libraries(graph, modules) | spec


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


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_what_its_steps_import_can_be_imported_from_what_it_holds(tmp_path, name):
    """All modules of the steps, by a Python that sees nothing else that is installed here."""
    _, packages = environment(name)
    for one in with_requirements(packages):
        for file in one.files:
            if file.parts[0] != ".." and not (tmp_path / file.parts[0]).exists():
                (tmp_path / file.parts[0]).symlink_to(Path(one.locate_file(file.parts[0])))
    called = sorted(
        call for rule in rules() if environment_of(rule) == name for call in calls(rule)
    )
    modules = sorted(loaded_by_name(name) | ADAPTER)
    # As the adapter calls them: the type of a spec is looked up, and msgspec imported for it.
    program = (
        f"import importlib, inspect, sys, typing\n"
        f"sys.path += [{str(tmp_path)!r}, {str(ROOT / 'src')!r}]\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        f"for call in {called}:\n"
        "    module, _, name = call.partition(':')\n"
        "    function = getattr(importlib.import_module(module), name)\n"
        "    if 'spec' in inspect.signature(function).parameters:\n"
        "        import msgspec; typing.get_type_hints(function)['spec']\n"
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


def test_the_lock_holds_all_requirements_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    required = [*project["dependencies"], *chain.from_iterable(extras)]
    for python in ("3.11", "3.12", "3.13"):
        versions = {name.lower(): version for name, version in locked(python).items()}
        for requirement in map(Requirement, required):
            assert requirement.specifier.contains(versions[requirement.name.lower()]), requirement


def test_the_adapter_imports_the_snakemake_object_for_checkers_only():
    # Importing it for real would cost every job the start of Snakemake.
    body = ast.parse((ROOT / "workflow/step.py").read_text()).body
    imported = {node.module for node in body if isinstance(node, ast.ImportFrom)}
    assert imported == {"typing", *ADAPTER}
    assert not [node for node in body if isinstance(node, ast.Import)]
