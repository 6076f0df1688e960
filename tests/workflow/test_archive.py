"""Results are packed, deposited, and put back elsewhere."""

import http.server
import re
import shutil
import subprocess
import tarfile
import threading
from functools import partial

import pytest

from rethinking.git import git
from tests.helpers.project import CONFIG, RESULTS, commit_all, rethinking, run


@pytest.fixture(scope="module")
def project(built, tmp_path_factory):
    """The built project as a git clone."""
    folder = tmp_path_factory.mktemp("archive") / "project"
    shutil.copytree(built, folder, symlinks=True)
    commit_all(folder)
    return folder


@pytest.fixture(scope="module")
def archive(project):
    path = project.parent / "archive.tar.gz"
    code, output = rethinking(project, "archive", *CONFIG, "--output", str(path))
    assert code == 0, output
    return path


@pytest.fixture
def clone(project, tmp_path):
    git(tmp_path, "clone", "--quiet", str(project), "clone")
    return tmp_path / "clone"


def test_what_is_restored_is_whole_and_nothing_is_stale(project, archive, clone):
    code, output = rethinking(clone, "restore", str(archive))
    assert code == 0, output
    assert rethinking(clone, "why", *CONFIG) == (0, "Nothing is stale.\n")
    code, output = run(clone, *CONFIG)
    assert code == 0
    assert "Nothing to be done" in output
    for name in ("paper.pdf", "manifest.json", "tables/corruption/summary.csv"):
        ours, theirs = clone / RESULTS / name, project / RESULTS / name
        assert ours.read_bytes() == theirs.read_bytes()
        assert abs(ours.stat().st_mtime_ns - theirs.stat().st_mtime_ns) < 1000
    weights = list((clone / RESULTS).rglob("*.safetensors"))
    assert not weights, "they are left out without --networks"
    code, output = rethinking(clone, "restore", str(archive))
    assert (code, output) == (1, f"error: {RESULTS} is there already; move it away first\n")


def test_it_holds_the_code_and_is_a_project_when_unpacked(project, archive, tmp_path):
    subprocess.run(["tar", "xzf", str(archive)], cwd=tmp_path, check=True)
    (folder,) = tmp_path.iterdir()
    for name in ("Snakefile", "requirements.lock", f"{RESULTS}/figures/two_stage.pdf"):
        assert (folder / name).read_bytes() == (project / name).read_bytes()
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder)
    assert done.returncode == 0
    code, output = run(folder, *CONFIG)
    assert code == 0
    assert "Nothing to be done" in output


def test_networks_go_along_with_an_option(project, tmp_path):
    path = tmp_path / "all.tar.gz"
    code, output = rethinking(project, "archive", "--networks", *CONFIG, "--output", str(path))
    assert code == 0, output
    with tarfile.open(path) as tar:
        names = tar.getnames()
    block = "runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.safetensors"
    assert sum(name.endswith(block) for name in names) == 1


def test_the_same_results_give_the_same_bytes(project, archive, tmp_path):
    path = tmp_path / "again.tar.gz"
    code, output = rethinking(project, "archive", *CONFIG, "--output", str(path))
    assert code == 0, output
    assert path.read_bytes() == archive.read_bytes()


def test_what_the_archive_would_lack_is_refused_first(project, clone, tmp_path):
    (tmp_path / "mine.yaml").write_text("scales: {smoke: {banner: Mine.}}\n")
    options = ("--configfile", str(tmp_path / "mine.yaml"))
    code, output = rethinking(project, "archive", *options, *CONFIG)
    assert (code, len(output.splitlines())) == (1, 1)
    assert "mine.yaml: git does not know it" in output
    code, output = rethinking(clone, "archive", *CONFIG, "results_dir=other")
    assert (code, len(output.splitlines())) == (1, 1)
    assert "results_dir: archives hold results/, not other/; leave it out" in output
    code, output = rethinking(clone, "archive", "--networks", *CONFIG)
    assert (code, output) == (1, f"error: --networks: there are none in {RESULTS}; leave it out\n")


def test_it_may_lie_behind_an_address_and_must_be_what_was_deposited(archive, clone):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(archive.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        code, output = rethinking(clone, "restore", f"{address}/none.tar.gz")
        assert code == 1
        assert "none.tar.gz: cannot be fetched (HTTP Error 404" in output
        wrong = ["--sha256", "0" * 64]
        code, output = rethinking(clone, "restore", f"{address}/archive.tar.gz", *wrong)
        assert code == 1
        assert "its SHA-256 is not 0000" in output
        assert not (clone / RESULTS).exists()
        code, output = rethinking(clone, "restore", f"{address}/archive.tar.gz")
        server.shutdown()
    assert code == 0, output
    assert (clone / RESULTS / "paper.pdf").exists()


def test_what_is_in_its_place_stays_and_what_was_left_behind_goes(archive, clone, tmp_path):
    left = clone / ".snakemake/restore-left"
    left.mkdir(parents=True)
    (clone / RESULTS).symlink_to(tmp_path / "elsewhere")
    code, output = rethinking(clone, "restore", str(archive))
    assert (code, output) == (1, f"error: {RESULTS} is there already; move it away first\n")
    assert (clone / RESULTS).is_symlink()
    assert not left.exists()


def rewritten(archive, path, change):
    """Copy an archive; each file becomes what a function makes of its name and content."""
    with tarfile.open(archive) as old, tarfile.open(path, "w:gz") as new:
        for member in old:
            content = old.extractfile(member).read() if member.isfile() else None
            if content is not None:
                file = path.with_name("content")
                file.write_bytes(change(member.name, content))
                member.size = file.stat().st_size
                new.addfile(member, file.open("rb"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda name, content: content[::-1] if name.endswith("claims.json") else content,
            "results/smoke/claims.json has another SHA-256 than SHA256SUMS says",
        ),
        (
            lambda name, content: (
                content.replace(b"  results/smoke/", b"  results/smoke/../../../", 1)
                if name.endswith("SHA256SUMS")
                else content
            ),
            "lies elsewhere",
        ),
        (
            lambda name, content: (
                content.replace(b'"smoke"', b'"../src"')
                if name.endswith("archive.json")
                else content
            ),
            "'../src' is no scale",
        ),
        (
            lambda name, content: (
                content.replace(b"  results/smoke/", b"  src/torch/")
                if name.endswith("SHA256SUMS")
                else content
            ),
            "src/torch/claims.json lies elsewhere",
        ),
        (
            # Of results/other/a.csv, in place of what is there of this scale.
            lambda name, content: (
                re.sub(rb"metadata/\S+", b"metadata/cmVzdWx0cy9vdGhlci9hLmNzdg==", content)
                if name.endswith("SHA256SUMS")
                else content
            ),
            "lies elsewhere",
        ),
    ],
)
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_damaged_or_hostile_archive_leaves_nothing_behind(archive, clone, tmp_path, change, said):
    path = tmp_path / "changed.tar.gz"
    rewritten(archive, path, change)
    code, output = rethinking(clone, "restore", str(path))
    assert code == 1
    assert said in output
    assert len(output.splitlines()) == 1
    assert not (clone / RESULTS).exists()
    assert {path.name for path in tmp_path.iterdir()} == {"changed.tar.gz", "clone", "content"}


def test_what_is_no_archive_is_one_line(archive, clone, tmp_path):
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[:100_000])
    empty = tmp_path / "empty.tar.gz"
    tarfile.open(empty, "w:gz").close()
    for name in (str(cut), str(empty), "README.md", "none.tar.gz"):
        code, output = rethinking(clone, "restore", name)
        assert (code, len(output.splitlines())) == (1, 1), output
        assert output.startswith(f"error: {name}: ")


def test_stale_results_and_code_that_nobody_has_are_not_archived(clone, archive):
    code, output = rethinking(clone, "archive", *CONFIG)
    assert code == 1
    assert "steps at scale smoke are stale; rethinking run does them" in output
    assert rethinking(clone, "restore", str(archive))[0] == 0
    (clone / "mine.yaml").write_text("scale: smoke\n")
    code, output = rethinking(clone, "archive", *CONFIG)
    assert code == 1
    assert "there are changes that are not committed (git status --ignored); commit them" in output


def test_the_sources_for_arxiv_compile_where_nothing_else_is(built, tmp_path):
    path = tmp_path / "arxiv.tar.gz"
    code, output = rethinking(built, "arxiv", "smoke", "--output", str(path))
    assert code == 0, output
    folder = tmp_path / "alone"
    folder.mkdir()
    subprocess.run(["tar", "xzf", str(path)], cwd=folder, check=True)
    names = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert {"main.tex", "main.bbl", "sections/results.tex", "two_stage.pdf"} <= names
    assert "references.bib" not in names
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
    assert (folder / "main.pdf").read_bytes()[:5] == b"%PDF-"
