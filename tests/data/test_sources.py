"""The data sources that come with scikit-learn or lie in a folder of the user's."""

import numpy as np
import pytest
from PIL import Image

from rethinking.data.sources import digits, image_folder
from rethinking.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """Two classes of random 6×5 pictures, three for training and two for testing in each."""
    random = np.random.default_rng(0)
    for split, count in (("train", 3), ("test", 2)):
        for name in ("cat", "dog"):
            (tmp_path / split / name).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(256, size=(5, 6, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / split / name / f"{i}.png")
    return tmp_path


def test_digits_are_split_by_class_and_use_all_of_a_byte():
    dataset = digits.load()
    assert dataset.train_images.shape == (1437, 1, 8, 8)
    assert dataset.test_images.shape == (360, 1, 8, 8)
    assert dataset.classes == 10
    assert (dataset.train_images.min(), dataset.train_images.max()) == (0, 255)
    shares = np.bincount(dataset.train_labels) / 1437 - np.bincount(dataset.test_labels) / 360
    assert abs(shares).max() < 0.005


def test_fewer_digits_are_some_of_the_digits():
    few, all_of_them = digits.load(train_images=50, test_images=10), digits.load()
    assert few.train_images.shape == (50, 1, 8, 8)
    assert few.test_images.shape == (10, 1, 8, 8)
    known = {image.tobytes() for image in all_of_them.train_images}
    assert all(image.tobytes() in known for image in few.train_images)


def test_image_folder_reads_pixels_and_classes(folder):
    dataset = image_folder.load(path=str(folder))
    assert dataset.train_images.shape == (6, 3, 5, 6)
    assert dataset.class_names == ("cat", "dog")
    assert list(dataset.test_labels) == [0, 0, 1, 1]
    first = np.asarray(Image.open(folder / "train/cat/0.png"))
    assert (dataset.train_images[0].transpose(1, 2, 0) == first).all()


def test_image_folder_keeps_as_many_as_asked(folder):
    dataset = image_folder.load(path=str(folder), train_images=4, test_images=1)
    assert (len(dataset.train_labels), len(dataset.test_labels)) == (4, 1)


def test_a_damaged_picture_is_named(folder):
    picture = folder / "train/dog/1.png"
    picture.write_bytes(picture.read_bytes()[:60])
    with pytest.raises(InputError, match=r"train/dog/1\.png: cannot be read"):
        image_folder.load(path=str(folder))


def test_a_text_in_place_of_a_picture_is_named(folder):
    (folder / "test/cat/1.png").write_text("not a picture")
    with pytest.raises(InputError, match=r"test/cat/1\.png: cannot be read"):
        image_folder.load(path=str(folder))


def test_a_picture_of_16_bits_is_refused_rather_than_clipped(folder):
    deep = np.arange(30, dtype=np.uint16).reshape(5, 6) * 2000
    Image.fromarray(deep).save(folder / "train/cat/2.png")
    with pytest.raises(InputError, match=r"cat/2\.png: has more than 8 bits a channel"):
        image_folder.load(path=str(folder))


def test_a_picture_that_claims_to_be_gigantic_is_named(folder, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(InputError, match=r"cat/0\.png: cannot be read as a picture"):
        image_folder.load(path=str(folder))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_pictures_of_other_kinds_are_read_as_rgb(folder, mode):
    path = folder / "train/cat/0.png"
    with Image.open(path) as picture:
        picture.convert(mode).save(path)
    assert image_folder.load(path=str(folder)).train_images.shape == (6, 3, 5, 6)


def test_a_picture_of_another_size_is_named(folder):
    Image.new("RGB", (7, 7)).save(folder / "train/dog/2.png")
    with pytest.raises(InputError, match=r"2\.png: is 7×7 pixels, others are 6×5"):
        image_folder.load(path=str(folder))


def test_test_pictures_of_another_size_are_refused(folder):
    for path in folder.glob("test/*/*.png"):
        Image.new("RGB", (7, 7)).save(path)
    with pytest.raises(InputError, match="differ in size"):
        image_folder.load(path=str(folder))


def test_classes_must_agree(folder):
    (folder / "test/dog").rename(folder / "test/wolf")
    with pytest.raises(InputError, match=r"same classes; only one has \['dog', 'wolf'\]"):
        image_folder.load(path=str(folder))


def test_an_empty_class_is_refused(folder):
    (folder / "train/fox").mkdir()
    with pytest.raises(InputError, match=r"train/fox holds no picture, by the suffixes"):
        image_folder.load(path=str(folder))


def test_pictures_drawn_in_transparency_alone_are_refused(folder):
    for i in range(3):
        drawing = np.zeros((5, 6, 4), dtype=np.uint8)
        drawing[i, :, 3] = 255
        Image.fromarray(drawing).save(folder / f"train/dog/{i}.png")
    with pytest.raises(InputError) as caught:
        image_folder.load(path=str(folder))
    assert str(caught.value) == (
        f"{folder}/train/dog: all 3 pictures are the same without their transparency, which is "
        "dropped; draw them on a background"
    )


def test_a_class_of_one_picture_again_and_again_is_refused(folder):
    for path in folder.glob("test/cat/*.png"):
        Image.new("RGB", (6, 5)).save(path)
    with pytest.raises(InputError, match=r"test/cat: all 2 pictures are the same as RGB; replace"):
        image_folder.load(path=str(folder))
    (folder / "test/cat/1.png").unlink()  # of one there is nothing to be told apart
    assert image_folder.load(path=str(folder)).notes == ()


def test_what_is_lost_or_left_out_is_counted(folder):
    (folder / "train/.ipynb_checkpoints").mkdir()
    (folder / "test/cat/.DS_Store").touch()
    (folder / "test/cat/Thumbs.db").touch()
    path = folder / "train/cat/0.png"
    with Image.open(path) as picture:
        picture.putalpha(9)
        picture.save(path, save_all=True, append_images=[picture.rotate(180)])
    assert image_folder.load(path=str(folder)).notes == (
        f"hidden files or folders left out: 2 ({folder}/train/.ipynb_checkpoints, …)",
        "files left out that lie in no class or have no suffix of a picture: 1 "
        f"({folder}/test/cat/Thumbs.db)",
        f"all frames but the first dropped: 1 ({path})",
        f"transparency dropped: 1 ({path})",
    )
