"""Pack results and their code into one file to deposit, and restore them."""

import base64
import gzip
import io
import itertools
import json
import os
import re
import shlex
import shutil
import tarfile
import tempfile
import urllib.request
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import track, wrap_file

from rethinking.commands.alone import alone
from rethinking.commands.plan import plan
from rethinking.errors import InputError
from rethinking.files import replacing, sha256
from rethinking.git import changed, git

T = TypeVar("T")

# The only folder with results that archives contain.
RESULTS = Path("results")
# Other folders in it, and the names of scales.
RESERVED, SCALE = {"reference", "downloads", "toy", "bench"}, re.compile("[a-z][a-z0-9_]*")
# Snakemake's memory of each result, in files named after the result.
METADATA = Path(".snakemake/metadata")
# The prefix of the folder of an unfinished restoration.
UNDER_WAY = "restore-"
# In the archive: checksums in the format of sha256sum, and a description.
SUMS, ABOUT = "SHA256SUMS", "archive.json"
# Errors from a file that is no archive, or an incomplete one.
DAMAGED = (
    AttributeError, EOFError, LookupError, OSError, OverflowError, RecursionError, TypeError,
    ValueError, tarfile.TarError, zlib.error,
)  # fmt: skip


@alone()
def archive(arguments: Sequence[str], output: Path | None, networks: bool) -> int:
    """Pack the code, the results of the config's scale, and Snakemake's memory of these.

    The unpacked archive is the project with its results in place.

    Args:
        arguments: Options of Snakemake that choose a config, such as ``--configfile``.
        output: The file to write; None for one named after scale and commit.
        networks: Whether to include weights and data sets.

    Raises:
        InputError: Results are stale or lie elsewhere, or the code is not committed.
    """
    planned = plan(arguments, takes_targets=False)
    scale, results = planned.config["scale"], Path(planned.config["results_dir"])
    if results != RESULTS:
        raise InputError(
            f"results_dir: archives hold {RESULTS}/, not {results}/; leave it out (and give a "
            "study of your own another name of a scale)"
        )
    commit = _committed(planned.config_options)
    chosen = [*_results(results / scale, networks), *_metadata(METADATA, results / scale)]
    if networks and not any(path.name == "run.safetensors" for path in chosen):
        raise InputError(f"--networks: there are none in {results / scale}; leave it out")
    if stale := sum(step.stale for step in planned.steps):
        raise InputError(
            f"{stale} steps at scale {scale} are stale; rethinking run does them, and "
            "rethinking why names them"
        )
    name = f"rethinking-{scale}-{commit[:10]}"
    output = output or results / f"{name}{'-networks' * networks}.tar.gz"
    options = planned.config_options
    about = {"scale": scale, "commit": commit, "networks": networks, "options": options}
    try:
        with replacing(output) as temporary:
            _write(temporary, name, about, chosen)
    except OSError as error:
        raise InputError(f"--output: {output}: {error.strerror}; choose another") from error
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, SHA-256 {sha256(output)}")
    return 0


def restore(source: str, checksum: str | None) -> int:
    """Put the results of an archive into this folder, with Snakemake's memory of them.

    All checksums are compared first. Times of files are kept.

    Args:
        source: The archive: a file, or its address.
        checksum: The SHA-256 that the archive must have; None for any.

    Raises:
        InputError: The archive cannot be fetched or is damaged, or its results exist already.
    """
    with alone(), _fetched(source) as path:
        if checksum is not None and sha256(path) != checksum.lower():
            raise InputError(f"{source}: its SHA-256 is not {checksum}; fetch it again")
        for left in Path(".snakemake").glob(f"{UNDER_WAY}*"):  # of killed restorations
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=".snakemake", prefix=UNDER_WAY) as temporary:
            try:
                about, count = _unpacked(path, Path(temporary))
            except DAMAGED as error:
                # Errors of gzip and tarfile about the content have no number.
                if isinstance(error, OSError) and error.errno is not None:
                    name = error.filename or source
                    raise InputError(f"{name}: {error.strerror}; fix that") from error
                reason = str(error).partition("\n")[0]
                raise InputError(
                    f"{source}: is damaged, or no archive of this project ({reason}); "
                    "fetch it again"
                ) from error
            folder = RESULTS / about["scale"]
            occupied = any(folder.iterdir()) if folder.is_dir() else folder.exists()
            if occupied or folder.is_symlink():
                raise InputError(f"{folder} is there already; move it away first")
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.move(Path(temporary, folder), folder)
            shutil.copytree(Path(temporary, METADATA), METADATA, dirs_exist_ok=True)
    print(f"{folder}: {count} files, packed at commit {about['commit'][:10]}")
    options = shlex.join(about["options"])
    print(f"rethinking why {options} says what is stale here, if anything is".replace("  ", " "))
    return 0


def _committed(config_options: Sequence[str]) -> str:
    """The commit of this folder; all code and configs must be committed."""
    if _git("status", "--porcelain", "--untracked-files=normal") or changed(Path.cwd()):
        raise InputError(
            "there are changes that are not committed (git status --ignored); commit them"
        )
    if "--configfile" in config_options:
        files = itertools.takewhile(lambda word: word != "--config", config_options[1:])
        tracked = {Path(name).resolve() for name in _git("ls-files", "-z").decode().split("\0")}
        for file in files:
            if Path(file).resolve() not in tracked:
                raise InputError(
                    f"{file}: git does not know it, so that the archive would not hold it; put it "
                    "into this folder and commit it"
                )
    return _git("rev-parse", "HEAD").decode().strip()


def _git(*arguments: str) -> bytes:
    try:
        return git(Path.cwd(), *arguments)
    except InputError as error:
        raise InputError(f"{error}; archives are made from a git clone of your own") from error


def _results(folder: Path, networks: bool) -> Iterator[Path]:
    """The results to pack: no unfinished files, no logs and, without networks, no tensors."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_dir() or parts[0] == "logs" or any(part.startswith(".") for part in parts):
            continue
        if networks or path.suffix != ".safetensors":
            yield path


def _metadata(metadata: Path, folder: Path) -> Iterator[Path]:
    """Snakemake's memory of the results below a folder."""
    for path in sorted(metadata.rglob("*")):
        if path.is_file() and _described(path.relative_to(metadata)).is_relative_to(folder):
            yield path


def _described(path: Path) -> Path:
    """The result that a file of Snakemake's metadata describes."""
    # A long name is split over folders that begin with @.
    name = "".join(part.removeprefix("@") for part in path.parts)
    return Path(base64.urlsafe_b64decode(name).decode())


def _write(output: Path, name: str, about: dict[str, Any], paths: Sequence[Path]) -> None:
    sums = []
    with ExitStack() as stack:
        # Without name and time, the same content gives the same bytes.
        file = stack.enter_context(output.open("wb"))
        packed = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
        # Only this format has times of files to fractions of a second.
        tar = stack.enter_context(
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, dereference=True)
        )
        code = io.BytesIO(_git("archive", "--format=tar", "HEAD"))
        with tarfile.open(fileobj=code) as tracked:
            for member in tracked:
                content = tracked.extractfile(member) if member.isfile() else None
                member.name = f"{name}/{member.name}"
                tar.addfile(member, content)
        for path in _shown(paths, "packing"):
            tar.add(path, arcname=f"{name}/{path}")
            sums.append(f"{sha256(path)}  {path}")
        for title, text in ((ABOUT, json.dumps(about, indent=2)), (SUMS, "\n".join(sums))):
            entry = tarfile.TarInfo(f"{name}/{title}")
            entry.size = len(text.encode()) + 1
            tar.addfile(entry, io.BytesIO(text.encode() + b"\n"))


def _unpacked(path: Path, folder: Path) -> tuple[dict[str, Any], int]:
    """Unpack an archive into a folder; return its description and its number of results."""
    with tarfile.open(path, "r:gz") as tar:
        root = tar.getnames()[0].partition("/")[0]
        about: dict[str, Any] = json.loads(_read(tar, f"{root}/{ABOUT}"))
        if not SCALE.fullmatch(about["scale"]) or about["scale"] in RESERVED:
            raise ValueError(f"{about['scale']!r:.60} is no scale")
        if not re.fullmatch("[0-9a-f]{40}", about["commit"]):
            raise ValueError("it names no commit")
        results = RESULTS / about["scale"]
        shlex.join(about["options"])  # an error if these are no words
        lines = _read(tar, f"{root}/{SUMS}").decode().splitlines()
        sums = {name: value for value, name in (line.split("  ", 1) for line in lines)}
        for name in _shown(sums, "unpacking"):
            result = Path(name)
            if result.is_relative_to(METADATA):
                result = _described(result.relative_to(METADATA))
            if not result.is_relative_to(results) or ".." in (*result.parts, *Path(name).parts):
                raise ValueError(f"{name} lies elsewhere")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_read(tar, f"{root}/{name}"))
            if sha256(target) != sums[name]:
                raise ValueError(f"{name} has another SHA-256 than {SUMS} says")
            time = round(tar.getmember(f"{root}/{name}").mtime * 1e9)
            os.utime(target, ns=(time, time))
        for part in (results, METADATA):
            if not Path(folder, part).is_dir():
                raise ValueError(f"it holds no {part}")
    return about, sum(Path(name).is_relative_to(results) for name in sums)


def _shown(items: Iterable[T], doing: str) -> Iterable[T]:
    """The items, with a progress bar on a terminal."""
    return track(items, doing, transient=True, **_console())


def _console() -> Any:
    console = Console(stderr=True)
    return {"console": console, "disable": not console.is_terminal}


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content.read()


@contextmanager
def _fetched(source: str) -> Iterator[Path]:
    """A file, downloaded if the source is an address."""
    if not source.startswith(("https://", "http://")):
        if not Path(source).is_file():
            raise InputError(f"{source}: there is no such file; give an archive or its address")
        yield Path(source)
        return
    with tempfile.NamedTemporaryFile(dir=".snakemake", suffix=".tar.gz") as file:
        try:
            with urllib.request.urlopen(source, timeout=60) as answer:  # noqa: S310
                size = int(answer.headers.get("Content-Length") or 0)
                with wrap_file(answer, size, description="fetching", **_console()) as body:
                    shutil.copyfileobj(body, file)
        except (HTTPException, OSError, ValueError) as error:
            raise InputError(f"{source}: cannot be fetched ({error}); try again") from error
        file.flush()
        yield Path(file.name)
