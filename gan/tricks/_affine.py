"""Affine maps of images: matrices, and bilinear sampling with reflection at the borders.

A matrix takes a pixel of the result to the place that it comes from. Coordinates (x, y, 1) are in pixels,
from the middle of the image, y downwards. Written with gathers, because PyTorch's `grid_sample` cannot be
differentiated twice, as penalties on D's slope need it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def shift(right_B: Tensor, down_B: Tensor) -> Tensor:
    """Moves images by that many pixels. Shape: B x 3 x 3."""
    one, zero = torch.ones_like(right_B), torch.zeros_like(right_B)
    return _matrix((one, zero, -right_B), (zero, one, -down_B))


def scaling(x_B: Tensor, y_B: Tensor) -> Tensor:
    """Stretches images by these factors; -1 mirrors. Shape: B x 3 x 3."""
    zero = torch.zeros_like(x_B)
    return _matrix((1.0 / x_B, zero, zero), (zero, 1.0 / y_B, zero))


def rotation(cosine_B: Tensor, sine_B: Tensor) -> Tensor:
    """Turns images counterclockwise by the angle with this cosine and sine. Shape: B x 3 x 3."""
    zero = torch.zeros_like(cosine_B)
    return _matrix((cosine_B, -sine_B, zero), (sine_B, cosine_B, zero))


def _matrix(*rows: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    zero = torch.zeros_like(rows[0][0])
    last = (zero, zero, torch.ones_like(zero))
    return torch.stack([torch.stack(row, dim=-1) for row in (*rows, last)], dim=-2)


def warped(x_BCHW: Tensor, matrix_B33: Tensor) -> Tensor:
    """The images that these matrices make; where a matrix is the identity, the image to the bit."""
    height, width = x_BCHW.shape[2:]
    y_H, x_W = (_middled(side, x_BCHW) for side in (height, width))
    place_2P = torch.stack([x_W.expand(height, width), y_H[:, None].expand(height, width)]).reshape(2, -1)
    source_B2P = matrix_B33[:, :2, :2] @ place_2P + matrix_B33[:, :2, 2:]
    across_BP, down_BP = source_B2P[:, 0] + (width - 1) / 2, source_B2P[:, 1] + (height - 1) / 2
    left_BP, top_BP = torch.floor(across_BP), torch.floor(down_BP)
    right_share, low_share = (across_BP - left_BP)[:, None], (down_BP - top_BP)[:, None]

    pixels_BCP = x_BCHW.flatten(2)

    def at(down: int, across: int) -> Tensor:
        row_BP = _reflected(top_BP.to(torch.int64) + down, height)
        index_BP = row_BP * width + _reflected(left_BP.to(torch.int64) + across, width)
        return torch.gather(pixels_BCP, 2, index_BP[:, None].expand(pixels_BCP.shape))

    top = (1.0 - right_share) * at(0, 0) + right_share * at(0, 1)
    low = (1.0 - right_share) * at(1, 0) + right_share * at(1, 1)
    made = ((1.0 - low_share) * top + low_share * low).reshape(x_BCHW.shape)
    same = torch.eye(3, dtype=matrix_B33.dtype, device=matrix_B33.device)
    changed_B = (matrix_B33 != same).flatten(1).any(dim=1)
    return torch.where(changed_B[:, None, None, None], made, x_BCHW)


def _middled(side: int, like: Tensor) -> Tensor:
    """The coordinates of `side` pixels, the middle being 0."""
    return torch.arange(side, dtype=like.dtype, device=like.device) - (side - 1) / 2


def _reflected(index: Tensor, side: int) -> Tensor:
    """Indices beyond the border, mirrored at the outermost pixels as often as need be."""
    period = max(2 * (side - 1), 1)
    folded = torch.remainder(index, period)
    return torch.minimum(folded, period - folded)
