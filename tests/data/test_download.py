"""Archives are downloaded from the first address that gives the right bytes."""

import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rethinking.data.download import download, fetch
from rethinking.data.sources import mnist
from rethinking.data.specs import DownloadSpec
from rethinking.errors import InputError
from rethinking.files import sha256


@pytest.fixture
def served(tmp_path):
    """A folder on this machine's loopback address: the folder, and its URL."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_download_is_tried_at_each_address_until_the_checksum_is_right(served):
    folder, url = served
    (folder / "wrong.gz").write_bytes(b"something else")
    (folder / "right.gz").write_bytes(b"the archive")
    checksum = sha256(folder / "right.gz")
    urls = [f"{url}/{name}" for name in ("gone.gz", "wrong.gz", "right.gz")]
    target = folder / "here" / "archive.gz"
    fetch(urls, checksum, target)
    assert target.read_bytes() == b"the archive"
    assert [path.name for path in target.parent.iterdir()] == ["archive.gz"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/wrong.gz", "the file has SHA-256"),
        ("/gone.gz", "HTTP Error 404"),
        ("0/nobody-listens.gz", "urlopen error"),
    ],
)
def test_a_download_that_fails_leaves_a_line_and_no_file(served, name, said):
    folder, url = served
    (folder / "wrong.gz").write_bytes(b"something else")
    target = folder / "here" / "archive.gz"
    with pytest.raises(InputError, match=said) as caught:
        fetch([url + name], "0" * 64, target)
    message = str(caught.value)
    assert message.startswith("archive.gz: cannot be downloaded (http://")
    assert "`archives` of the data set in the config" in message
    assert "\n" not in message
    assert not any(target.parent.iterdir())


def test_an_archive_comes_from_the_addresses_of_its_source(served, monkeypatch):
    folder, url = served
    name = "train-images-idx3-ubyte.gz"
    (folder / name).write_bytes(b"the archive")
    checksum = sha256(folder / name)
    archives = {name: {"sha256": checksum, "urls": [f"{url}/gone/{name}", f"{url}/{name}"]}}
    monkeypatch.setattr(mnist, "ARCHIVES", archives)
    archive = folder / "downloads/mnist" / name
    download(archive, DownloadSpec(checksum))
    assert archive.read_bytes() == b"the archive"
    with pytest.raises(InputError, match=f"{name}: cannot be downloaded"):
        download(archive, DownloadSpec("0" * 64))
    assert archive.read_bytes() == b"the archive", "what was there before is left"
