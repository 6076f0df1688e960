"""What the documents point at is there."""

import re
import tomllib

import pytest
import yaml

from rethinking.cli import main

PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "notebooks/README.md"]
# Top folders of what documents call by its path; results are there once they are built.
ROOTS = "src|workflow|benchmarks|docs|paper|tests|envs|profiles|notebooks|results/reference"


def pages(root):
    return [*(root / name for name in PAGES), *sorted((root / "docs").glob("*.md"))]


def anchors(text):
    """How GitHub calls the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_links_lead_somewhere(root):
    found = 0
    for page in pages(root):
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), (page.name, link)
            assert not anchor or anchor in anchors(target.read_text()), (page.name, link)
            found += 1
    assert found > 30


def test_the_readme_links_every_page(root):
    text = (root / "README.md").read_text()
    for page in (root / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in text


def test_paths_are_there(root):
    found = 0
    for page in pages(root):
        for path in re.findall(rf"`((?:{ROOTS})/[\w./-]+)`", page.read_text()):
            assert (root / path).exists(), (page.name, path)
            found += 1
    assert found > 20


def test_targets_of_make_are_there(root):
    makefile = (root / "Makefile").read_text()
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    for page in pages(root):
        named = re.findall(r"(?:^|`)make (?:[A-Z]+=\S+ )?([a-z]+)", page.read_text(), re.MULTILINE)
        assert set(named) <= targets, page.name


def test_commands_are_there(root, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = set(re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE))
    assert {"run", "toy"} <= commands
    for page in pages(root):
        named = re.findall(r"(?:^|`)rethinking ([a-z]+)", page.read_text(), re.MULTILINE)
        assert set(named) <= commands, page.name


def test_modules_and_functions_are_there(root):
    found = 0
    for page in pages(root):
        for name in re.findall(r"`((?:rethinking|benchmarks)\.[a-z][\w.]*)`", page.read_text()):
            path = root / ("src" if name.startswith("rethinking") else "") / name.replace(".", "/")
            inside = path.parent.with_suffix(".py")
            there = path.is_dir() or path.with_suffix(".py").exists()
            assert there or re.search(rf"\b{path.name}\b", inside.read_text()), (page.name, name)
            found += 1
        for module in re.findall(r"python -m (benchmarks\.\w+)", page.read_text()):
            assert (root / module.replace(".", "/")).with_suffix(".py").exists(), page.name
    assert found > 0


def test_the_citation_is_that_of_this_version(root):
    cited = yaml.safe_load((root / "CITATION.cff").read_text())
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert cited["version"] == project["version"]
    assert cited["license"] == project["license"]
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(cited)
    assert f"## {project['version']}" in (root / "CHANGELOG.md").read_text()
