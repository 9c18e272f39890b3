"""Images of any size in networks that halve and double: the square frame around them."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def power_of_two(shape: tuple[int, ...]) -> int:
    """The side of the frame: the next power of two, at least 8. shape: (C, H, W)."""
    return max(8, 1 << (max(shape[1:]) - 1).bit_length())


def framed(x_BCHW: Tensor, side: int) -> Tensor:
    """The images in the middle of squares that are -1 (no ink) around them. Shape: B x C x side x side."""
    rows, columns = side - x_BCHW.shape[2], side - x_BCHW.shape[3]
    if not rows and not columns:
        return x_BCHW
    padding = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return F.pad(x_BCHW, padding, value=-1.0)


def cropped(x_BCHW: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The middle of square images, as large as `shape` says: the inverse of `framed`."""
    side = x_BCHW.shape[2]
    top, left = (side - shape[1]) // 2, (side - shape[2]) // 2
    return x_BCHW[:, :, top : top + shape[1], left : left + shape[2]]


def declined(model: str, shape: tuple[int, ...], largest: int) -> str | None:
    """Why a convolutional model of images from 8×8 to `largest` squared cannot make this shape, or None."""
    if len(shape) != 3:
        return f"{model} makes images, not points; use mlp"
    if not 5 <= max(shape[1:]) <= largest:
        return f"{model} makes images of 8×8 to {largest}×{largest}, not {shape[1]}×{shape[2]}"
    return None
