"""Random crops and flips, drawn anew for every image in every epoch."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def with_margin(images: Tensor, side: int | None, shift: int) -> Tensor:
    """Add black pixels on all sides of N×C×H×W images, as far as moved windows may reach.

    Windows have some side in pixels (None for whole images) and move by up to ``shift`` pixels. The
    images do not change if windows stay within them, as 28×28 windows of 32×32 images do that move
    by 2 pixels (Zhang et al., 2017, §A).
    """
    height, width = images.shape[2:]
    inside = 0 if side is None else (min(height, width) - side) // 2
    return pad(images, [max(0, shift - inside)] * 4)


def moved(images: Tensor, moves: Tensor, window: tuple[int, int]) -> Tensor:
    """Cut a window out of each image, moved away from the middle, and mirror some windows.

    Args:
        images: N×C×H×W, with the margin that the moves need.
        moves: N×3, from ``rethinking.training.order.image_moves``, on the same device.
        window: The height and width of the windows.
    """
    height, width = window
    down, right, mirrored = moves.long().unbind(dim=1)
    top = (images.shape[2] - height) // 2 + down
    left = (images.shape[3] - width) // 2 + right
    rows = top[:, None] + torch.arange(height, device=images.device)
    columns = left[:, None] + torch.arange(width, device=images.device)
    columns = torch.where(mirrored[:, None] == 1, columns.flip(1), columns)
    index = torch.arange(len(images), device=images.device)[:, None, None]
    # Indexing puts the channels last, because the indices beside them are not adjacent.
    return images[index, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
