"""Random crops and flips, drawn anew for every image in every epoch."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def with_margin(images: Tensor, side: int | None, shift: int) -> Tensor:
    """Add as many black pixels on all sides as moved windows may reach beyond the image.

    Args:
        images: N×C×H×W.
        side: Of the window in the middle, in pixels; None for one as large as the image.
        shift: The largest move in pixels.

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
        moves: N×3, as ``rethinking.training.order.image_moves`` draws them, on the same device.
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
