"""Random crops and reflections, another for each image each time that it is seen."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def draw_moves(images: int, shift: int, flip: float, random: torch.Generator) -> Tensor:
    """Draw how each image is moved.

    Args:
        images: How many there are, N.
        shift: The most pixels that the window moves in either direction.
        flip: The probability that an image is mirrored.
        random: On the CPU.

    Returns:
        N×3, int16: pixels downwards and pixels to the right, each uniform in [−shift, shift], and
        1 where the image is mirrored.
    """
    shifts = torch.randint(-shift, shift + 1, (images, 2), generator=random)
    mirrored = torch.rand(images, 1, generator=random) < flip
    return torch.cat([shifts, mirrored], dim=1).to(torch.int16)


def with_margin(images: Tensor, side: int | None, shift: int) -> Tensor:
    """Add as many black pixels on all sides as moved windows may reach beyond the image.

    Args:
        images: N×C×H×W.
        side: Of the window in the middle, in pixels; None for one as large as the image.
        shift: The most pixels that it moves.

    Returns:
        N×C×H'×W'; the images themselves where windows stay within them, as 28×28 windows of 32×32
        images do that move by 2 pixels (Zhang et al., 2017, §A).
    """
    height, width = images.shape[2:]
    inside = 0 if side is None else (min(height, width) - side) // 2
    return pad(images, [max(0, shift - inside)] * 4)


def moved(images: Tensor, moves: Tensor, window: tuple[int, int]) -> Tensor:
    """Cut from each image a window that is moved away from the middle, and mirror some.

    Args:
        images: N×C×H×W, with the margin that the moves need.
        moves: N×3, as :func:`draw_moves` gives them, on the same device.
        window: Its height and width.

    Returns:
        N×C×height×width.
    """
    height, width = window
    down, right, mirrored = moves.long().unbind(dim=1)
    top = (images.shape[2] - height) // 2 + down
    left = (images.shape[3] - width) // 2 + right
    rows = top[:, None] + torch.arange(height, device=images.device)
    columns = left[:, None] + torch.arange(width, device=images.device)
    columns = torch.where(mirrored[:, None] == 1, columns.flip(1), columns)
    places = torch.arange(len(images), device=images.device)[:, None, None]
    # Channels come last, because the indices beside them are apart.
    return images[places, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
