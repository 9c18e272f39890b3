"""Affine maps of colours: c → A c + b for each image, with RGB in [-1, 1].

The luma axis is v = (1, 1, 1)/√3. Grey images take part as colours with three equal channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

CHANNELS = (1, 3)
"""What `recoloured` can take."""


@dataclass(frozen=True)
class Colours:
    """One map an image."""

    matrix_B33: Tensor
    offset_B3: Tensor

    @staticmethod
    def same(like_B: Tensor) -> Colours:
        """The identity for as many images as `like` is long, in its type."""
        eye = torch.eye(3, dtype=like_B.dtype, device=like_B.device)
        zero_B1 = torch.zeros_like(like_B)[:, None]
        return Colours(eye + zero_B1[:, None], zero_B1.expand(-1, 3))

    def then(self, matrix_B33: Tensor) -> Colours:
        """This map, then that linear one."""
        offset = (matrix_B33 @ self.offset_B3[:, :, None])[:, :, 0]
        return Colours(matrix_B33 @ self.matrix_B33, offset)

    def brighter(self, by_B: Tensor) -> Colours:
        """This map, then a constant added to all channels."""
        return Colours(self.matrix_B33, self.offset_B3 + by_B[:, None])


def contrast(factor_B: Tensor) -> Tensor:
    """All channels times a factor. Shape: B x 3 x 3; so for all of these."""
    return factor_B[:, None, None] * _eye(factor_B)


def luma_flip(flipped_B: Tensor) -> Tensor:
    """Where 1, the reflection I - 2 v vᵀ, which turns light to dark and leaves hues alone; where 0, I."""
    return _eye(flipped_B) - flipped_B[:, None, None] * (2.0 * _luma(flipped_B))


def hue(angle_B: Tensor) -> Tensor:
    """Rotation of colours about the luma axis, in radians."""
    turn = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]], device=angle_B.device)
    cross = turn.to(angle_B.dtype) * 3.0**-0.5
    cosine, sine = torch.cos(angle_B)[:, None, None], torch.sin(angle_B)[:, None, None]
    turned: Tensor = _eye(angle_B) * cosine + _luma(angle_B) * (1.0 - cosine) + cross * sine
    return turned


def saturation(factor_B: Tensor) -> Tensor:
    """Distance of colours from the luma axis times a factor."""
    # As a change of the identity, so that a factor of 1 is the identity to the bit.
    change_B11 = factor_B[:, None, None] - 1.0
    return _eye(factor_B) + change_B11 * (_eye(factor_B) - _luma(factor_B))


def recoloured(x_BCHW: Tensor, colours: Colours) -> Tensor:
    """The images in their new colours; where the map is the identity, the image to the bit."""
    matrix, offset = colours.matrix_B33, colours.offset_B3
    same = Colours.same(offset[:, 0])
    changed_B = (matrix != same.matrix_B33).flatten(1).any(dim=1) | (offset != 0.0).any(dim=1)
    if x_BCHW.shape[1] == 1:
        factor_B, shift_B = matrix.sum(dim=(1, 2)) / 3.0, offset.mean(dim=1)
        made = factor_B[:, None, None, None] * x_BCHW + shift_B[:, None, None, None]
    else:
        made = (matrix @ x_BCHW.flatten(2) + offset[:, :, None]).reshape(x_BCHW.shape)
    return torch.where(changed_B[:, None, None, None], made, x_BCHW)


def _eye(like: Tensor) -> Tensor:
    return torch.eye(3, dtype=like.dtype, device=like.device)


def _luma(like: Tensor) -> Tensor:
    """The projection v vᵀ."""
    return torch.full((3, 3), 1.0 / 3.0, dtype=like.dtype, device=like.device)
