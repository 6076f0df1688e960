"""Which pictures of an image folder are read, and what is read of each."""

import os
import shutil
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from rethinking.data.pictures import (
    FRAMES,
    TRANSPARENCY,
    content_hash,
    files_below,
    list_pictures,
    read_picture,
)
from rethinking.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """Two classes of three pictures for training and two for testing, with names in odd orders."""
    root = tmp_path / "pictures"
    for split, names in (
        ("train", ("b.png", "a.JPG", "a-1/x.png", "a/y.png")),
        ("test", ("0.png",)),
    ):
        for kind in ("dog", "cat"):
            for i, name in enumerate(names):
                path = root / split / kind / name
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (6, 5), (i, len(kind), 9)).save(path)
    return root


def hashed(root):
    return content_hash([path for split in list_pictures(root) for path in split.paths], root)


def test_pictures_are_those_of_torchvision_in_its_order(folder):
    # To torchvision a link is what it leads to, as it is here.
    (folder / "train/cat/a/more").symlink_to(folder / "train/dog/a-1")
    for split in list_pictures(folder):
        theirs = ImageFolder(str(split.folder))
        assert list(zip(split.paths, split.labels, strict=True)) == theirs.samples
        assert list(split.classes) == theirs.classes
        assert (split.hidden, split.others) == ((), ())


def test_links_to_classes_and_to_pictures_are_followed(folder, tmp_path):
    before = hashed(folder)
    elsewhere = tmp_path / "elsewhere"
    for split in ("train", "test"):
        for kind in ("cat", "dog"):
            shutil.move(folder / split / kind, elsewhere / split / kind)
            (folder / split / kind).symlink_to(elsewhere / split / kind)
    picture = elsewhere / "train/cat/b.png"
    (picture.parent / "b.png").rename(tmp_path / "b.png")
    picture.symlink_to(tmp_path / "b.png")
    assert [len(split.paths) for split in list_pictures(folder)] == [8, 2]
    assert hashed(folder) == before
    Image.new("RGB", (6, 5), (77, 7, 7)).save(tmp_path / "b.png")
    assert hashed(folder) != before


def test_the_hash_sees_what_is_in_a_picture_and_not_when_or_where_it_was_written(folder, tmp_path):
    first = hashed(folder)
    picture = folder / "train/cat/b.png"
    times = picture.stat()
    pixels = picture.read_bytes()
    picture.touch()
    assert hashed(folder) == first
    assert hashed(folder.rename(tmp_path / "moved")) == first
    picture = tmp_path / "moved/train/cat/b.png"
    # As large and as old as before.
    picture.write_bytes(pixels[:-1] + bytes([pixels[-1] ^ 1]))
    os.utime(picture, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert hashed(tmp_path / "moved") != first
    picture.write_bytes(pixels)
    picture.rename(picture.with_name("c.png"))
    assert hashed(tmp_path / "moved") != first


def test_what_is_hidden_or_no_picture_is_left_out_and_named(folder):
    before, listed = hashed(folder), list_pictures(folder)
    hidden = ["train/.DS_Store", "train/.ipynb_checkpoints/x.png", "train/cat/._b.png"]
    others = ["train/README.png", "train/dog/Thumbs.db", "train/dog/a/moving.gif"]
    for name in [*hidden, *others]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    train, test = list_pictures(folder)
    assert hashed(folder) == before
    assert (train.paths, train.classes) == (listed[0].paths, ("cat", "dog"))
    hidden[1] = "train/.ipynb_checkpoints"
    assert train.hidden == tuple(str(folder / name) for name in hidden)
    assert train.others == tuple(str(folder / name) for name in others)
    assert (test.hidden, test.others) == ((), ())


def test_what_is_left_out_may_be_anything_but_a_link_that_might_have_led_to_pictures(folder):
    before = list_pictures(folder)[0].paths
    os.mkfifo(folder / "train/cat/pipe")
    (folder / "train/.x").symlink_to(".x")
    (folder / "train/cat/.gone").symlink_to("gone")
    train, _ = list_pictures(folder)
    assert train.paths == before
    assert train.others == (str(folder / "train/cat/pipe"),)
    assert train.hidden == (str(folder / "train/.x"), str(folder / "train/cat/.gone"))
    (folder / "train/cat/more").symlink_to("gone")
    with pytest.raises(InputError, match="train/cat/more: is a link to nothing"):
        list_pictures(folder)


def link_back(folder):
    (folder / "train/cat/up").symlink_to(folder / "train")


def link_to_itself(folder):
    (folder / "train/cat/x.png").symlink_to("x.png")


def link_to_nothing(folder):
    (folder / "test/fox").symlink_to(folder / "gone")


def pipe(folder):
    os.mkfifo(folder / "train/cat/x.png")


def latin_picture(folder):
    (folder / os.fsdecode(b"train/cat/caf\xe9.png")).write_bytes(b"x")


def latin_class(folder):
    for split in ("train", "test"):
        (folder / split / "dog").rename(folder / os.fsdecode(split.encode() + b"/caf\xe9"))


def one_class(folder):
    for split in ("train", "test"):
        shutil.rmtree(folder / split / "dog")


def other_classes(folder):
    (folder / "test/dog").rename(folder / "test/wolf")


def no_class(folder):
    shutil.rmtree(folder / "test")
    (folder / "test").mkdir()


def empty_class(folder):
    (folder / "train/cat/notes.txt").write_text("x")
    for path in (folder / "train/cat").rglob("*.[pJ]*"):
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (link_back, "{}/train/cat/up: is a link to a folder that it lies in; remove it"),
        (link_to_itself, "{}/train/cat/x.png: Too many levels of symbolic links; make it readable"),
        (link_to_nothing, "{}/test/fox: is a link to nothing; replace or remove it"),
        (pipe, "{}/train/cat/x.png: is no file; replace or remove it"),
        (latin_picture, "{}/train/cat/caf\\xe9.png: the name is not text in UTF-8; rename it"),
        (latin_class, "{}/train/caf\\xe9: the name is not text in UTF-8; rename it"),
        (one_class, "{}: cat is the only class; give two or more, as train/<class>/*"),
        (other_classes, "{}: train and test must hold the same classes; only one has ['dog', "),
        (no_class, "{}/test holds no folder of pictures; give a folder that holds train/<class>/*"),
        (empty_class, "{}/train/cat holds no picture, by the suffixes .jpg, .jpeg, .png, "),
        (shutil.rmtree, "{}/train is not a folder; give a folder that holds train/<class>/* and"),
    ],
)
def test_what_cannot_be_listed_is_named_in_one_line(folder, spoil, line):
    spoil(folder)
    with pytest.raises(InputError) as caught:
        list_pictures(folder)
    message = str(caught.value)
    assert message.startswith(line.format(folder))
    assert "\n" not in message
    message.encode()


def test_a_picture_that_may_not_be_read_is_named_in_one_line(folder, monkeypatch):
    # Before a run, which root would not see.
    monkeypatch.setattr(os, "access", lambda path, _mode: "b.png" not in path)
    with pytest.raises(InputError, match=r"cat/b\.png: Permission denied; make it readable"):
        list_pictures(folder)


def test_any_folder_is_listed_through_links_and_without_hidden_files(folder, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/here").symlink_to(folder / "test")
    (tmp_path / "data/.DS_Store").touch()
    (tmp_path / "data" / os.fsdecode(b"caf\xe9")).touch()
    found = files_below(tmp_path / "data")
    names = [os.fsencode(os.path.relpath(path, tmp_path / "data")) for path in found]
    assert names == [b"caf\xe9", b"here/cat/0.png", b"here/dog/0.png"]
    assert len(content_hash(found, tmp_path / "data")) == 16


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
def test_pictures_are_turned_as_their_exif_data_say(tmp_path, suffix):
    pixels = np.zeros((8, 24, 3), dtype=np.uint8)
    pixels[:, :8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise: what was left is on top
    path = tmp_path / f"x.{suffix}"
    Image.fromarray(pixels).save(path, exif=exif)
    picture, dropped = read_picture(str(path))
    assert (picture.size, dropped) == ((8, 24), [])
    found = np.asarray(picture, dtype=int)
    assert found[:8].min() > 200
    assert found[8:].max() < 50


@pytest.mark.parametrize(
    ("mode", "colour", "dropped"),
    [
        ("RGBA", (9, 9, 9, 0), [TRANSPARENCY]),
        ("RGBA", (9, 9, 9, 254), [TRANSPARENCY]),
        ("RGBA", (9, 9, 9, 255), []),
        ("LA", (9, 0), [TRANSPARENCY]),
        ("RGB", (9, 9, 9), []),
        ("L", 9, []),
    ],
)
def test_transparency_is_dropped_and_told(tmp_path, mode, colour, dropped):
    Image.new(mode, (3, 2), colour).save(tmp_path / "x.png")
    picture, told = read_picture(str(tmp_path / "x.png"))
    assert told == dropped
    assert picture.mode == "RGB"
    assert picture.getcolors() == [(6, (9, 9, 9))]


def test_a_transparent_colour_of_a_palette_is_told(tmp_path):
    picture = Image.new("P", (3, 2), 1)
    picture.putpalette([0, 0, 0, 9, 9, 9])
    picture.save(tmp_path / "x.png", transparency=1)
    assert read_picture(str(tmp_path / "x.png"))[1] == [TRANSPARENCY]
    picture.save(tmp_path / "x.png", transparency=0)
    assert read_picture(str(tmp_path / "x.png"))[1] == []


@pytest.mark.parametrize("suffix", ["png", "tiff", "webp"])
def test_of_an_animation_the_first_frame_is_read_and_the_others_are_told(tmp_path, suffix):
    frames = [Image.new("RGB", (8, 8), (value, value, value)) for value in (10, 90)]
    options = {"lossless": True} if suffix == "webp" else {}
    path = tmp_path / f"x.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    picture, dropped = read_picture(str(path))
    assert picture.getpixel((0, 0)) == (10, 10, 10)
    assert dropped == [FRAMES]


def png_of_16_bits():
    def chunk(name, data):
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    data = zlib.compress(bytes(1 + 2 * 6))
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    "content",
    [png_of_16_bits(), b"P6 2 1 65535\n" + bytes(12), b"P3 1 1 65535\n1 2 3"],
    ids=["png", "ppm", "plain ppm"],
)
def test_colours_of_16_bits_are_refused_rather_than_cut(tmp_path, content):
    # Pillow calls them RGB, and keeps eight bits of each.
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.png: has more than 8 bits a channel"):
        read_picture(str(tmp_path / "x.png"))
