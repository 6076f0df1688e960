"""Windows that are moved over images, and mirrored."""

import pytest
import torch

from rethinking.training.augmentation import moved, with_margin


def numbered(side):
    """An image in which every pixel has a number of its own."""
    return torch.arange(side * side).view(1, 1, side, side)


def test_a_window_is_what_lies_there():
    image = numbered(6)
    moves = torch.tensor([[1, -1, 0], [0, 0, 1], [0, 0, 0]])
    windows = moved(image.expand(3, 1, 6, 6), moves, (4, 4))
    assert windows.shape == (3, 1, 4, 4)
    assert torch.equal(windows[0, 0], image[0, 0, 2:6, 0:4])
    assert torch.equal(windows[1, 0], image[0, 0, 1:5, 1:5].flip(1))
    assert torch.equal(windows[2, 0], image[0, 0, 1:5, 1:5])


def test_a_mirrored_window_is_moved_first_and_all_channels_with_it():
    image = torch.cat([numbered(6), -numbered(6)], dim=1)
    (window,) = moved(image, torch.tensor([[-1, 1, 1]], dtype=torch.int16), (4, 4))
    assert torch.equal(window, image[0, :, 0:4, 2:6].flip(2))


def test_windows_need_not_be_square():
    image = torch.arange(5 * 8).view(1, 1, 5, 8)
    (window,) = moved(image, torch.tensor([[1, -2, 0]]), (3, 4))
    assert torch.equal(window[0], image[0, 0, 2:5, 0:4])


def test_windows_within_the_image_need_no_margin_and_others_a_black_one():
    cifar = torch.ones(1, 3, 32, 32, dtype=torch.uint8)
    assert with_margin(cifar, 28, 2).shape == (1, 3, 32, 32)
    assert with_margin(cifar, 28, 3).shape == (1, 3, 34, 34)
    whole = with_margin(cifar, None, 1)
    assert whole.shape == (1, 3, 34, 34)
    assert whole.sum() == cifar.sum()
    corner = moved(whole, torch.tensor([[1, 1, 0]]), (32, 32))
    assert corner[0, :, -1].sum() == corner[0, :, :, -1].sum() == 0
    assert corner[0, :, :-1, :-1].all()


@pytest.mark.parametrize("side", [None, 28])
@pytest.mark.parametrize("down", [-3, 3])
def test_no_window_reaches_beyond_the_margin(side, down):
    image = with_margin(torch.ones(1, 1, 32, 32), side, 3)
    size = side or 32
    (window,) = moved(image, torch.tensor([[down, down, 0]]), (size, size))
    black = max(0, 3 - (32 - size) // 2)
    assert window.sum() == (size - black) ** 2
