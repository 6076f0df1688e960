"""Public data sets from their archives, which here are small ones of the same layout."""

import gzip
import io
import re
import tarfile

import numpy as np
import pytest

from rethinking.data.sources import cifar10, fashion_mnist, mnist
from rethinking.errors import InputError
from rethinking.files import sha256
from rethinking.step.code import constant_of

SOURCES = {"cifar10": cifar10, "mnist": mnist, "fashion_mnist": fashion_mnist}
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def known(monkeypatch, source, folder):
    """Let a source take the archives in a folder for the published ones."""
    archives = {name: {"sha256": sha256(folder / name), "urls": []} for name in source.ARCHIVES}
    monkeypatch.setattr(source, "ARCHIVES", archives)


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """An archive with four images in each of its six files; its images and labels, in order."""
    random = np.random.default_rng(0)
    images = random.integers(256, size=(6, 4, 3, 32, 32), dtype=np.uint8)
    labels = random.integers(10, size=(6, 4), dtype=np.uint8)
    contents = {"batches.meta.txt": ("\n".join(CLASSES) + "\n\n").encode()}
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    for number, name in enumerate(names):
        rows = np.concatenate([labels[number][:, None], images[number].reshape(4, -1)], axis=1)
        contents[name] = rows.tobytes()
    with tarfile.open(tmp_path / "cifar-10-binary.tar.gz", "w:gz") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    known(monkeypatch, cifar10, tmp_path)
    return tmp_path, images, labels


@pytest.fixture(params=["mnist", "fashion_mnist"])
def idx(request, tmp_path, monkeypatch):
    """Four files with 20 training and 8 test images; what was written, file by file."""
    random = np.random.default_rng(0)
    source = SOURCES[request.param]
    arrays = []
    for name in source.ARCHIVES:
        n = 20 if name.startswith("train") else 8
        shape, values = ((n, 28, 28), 256) if "images" in name else ((n,), 10)
        arrays.append(random.integers(values, size=shape, dtype=np.uint8))
        header = bytes([0, 0, 8, len(shape)]) + np.array(shape, dtype=">i4").tobytes()
        (tmp_path / name).write_bytes(gzip.compress(header + arrays[-1].tobytes()))
    known(monkeypatch, source, tmp_path)
    return source, tmp_path, arrays


def test_cifar10_is_read_as_it_was_written(cifar):
    folder, images, labels = cifar
    dataset = cifar10.load(archives=str(folder))
    assert (dataset.train_images == images[:5].reshape(20, 3, 32, 32)).all()
    assert dataset.train_labels.tolist() == labels[:5].flatten().tolist()
    assert (dataset.test_images == images[5]).all()
    assert dataset.test_labels.tolist() == labels[5].tolist()
    assert dataset.class_names == tuple(CLASSES)
    assert dataset.train_labels.dtype == np.int64


def test_mnist_and_fashion_mnist_are_read_as_they_were_written(idx):
    source, folder, arrays = idx
    dataset = source.load(archives=str(folder))
    assert (dataset.train_images == arrays[0][:, None]).all()
    assert dataset.train_labels.tolist() == arrays[1].tolist()
    assert (dataset.test_images == arrays[2][:, None]).all()
    assert dataset.test_labels.tolist() == arrays[3].tolist()
    assert dataset.classes == 10


def test_a_part_of_them_is_a_part_of_them(cifar, idx):
    folder, images, _ = cifar
    few = cifar10.load(archives=str(folder), train_images=7, test_images=2)
    assert few.train_images.shape == (7, 3, 32, 32)
    known_images = {image.tobytes() for image in images.reshape(-1, 3, 32, 32)}
    assert all(image.tobytes() in known_images for image in few.train_images)
    source, folder, _ = idx
    few = source.load(archives=str(folder), train_images=7, test_images=2)
    assert (few.train_images.shape, len(few.test_labels)) == ((7, 1, 28, 28), 2)
    with pytest.raises(InputError, match="21 asked for, 20 there; ask for fewer"):
        source.load(archives=str(folder), train_images=21)


@pytest.mark.parametrize("damage", ["truncated", "another", "missing"])
def test_a_damaged_archive_is_named_in_a_line(cifar, idx, damage):
    for source, folder in ((cifar10, cifar[0]), idx[:2]):
        archive = folder / list(source.ARCHIVES)[-1]
        content = archive.read_bytes()
        if damage == "missing":
            archive.unlink()
        else:
            archive.write_bytes(content[:-10] if damage == "truncated" else content + b"x")
        with pytest.raises(InputError) as caught:
            source.load(archives=str(folder))
        message = str(caught.value)
        assert message.startswith(f"{archive}: is ")
        said = (
            "is not there"
            if damage == "missing"
            else "put the right one there, or remove it and run again"
        )
        assert said in message
        assert "\n" not in message


@pytest.mark.parametrize("name", SOURCES)
def test_archives_and_sizes_are_literals_that_are_read_without_an_import(name):
    module = f"rethinking.data.sources.{name}"
    archives = constant_of(module, "ARCHIVES")
    assert archives == SOURCES[name].ARCHIVES
    assert constant_of(module, "IMAGE_SHAPE") == SOURCES[name].IMAGE_SHAPE
    for file, archive in archives.items():
        assert re.fullmatch(r"[a-z0-9.-]+\.gz", file)
        assert re.fullmatch(r"[0-9a-f]{64}", archive["sha256"])
        assert all(url.endswith(f"/{file}") for url in archive["urls"])


def test_the_checksums_of_torchvision_and_ours_name_the_same_files():
    from torchvision.datasets import MNIST, FashionMNIST

    for ours, theirs in ((mnist, MNIST), (fashion_mnist, FashionMNIST)):
        assert list(ours.ARCHIVES) == [name for name, _ in theirs.resources]
