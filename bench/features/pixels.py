"""From a generator's floats to the eight bits that every image metric is defined on.

    u = round(127.5 (clamp(x, -1, 1) + 1))

A bare cast truncates, wraps 256 around to 0 and turns NaN into black, each of which is a plausible
picture and a wrong score; so this is the only place where samples are cast.
"""

from __future__ import annotations

import torch
from torch import Tensor


class NotFinite(ValueError):
    """Samples hold NaN or infinity: the run has diverged, and no score describes it."""


def require_finite(x: Tensor) -> None:
    """Raises NotFinite, saying how many samples are affected, unless all of `x` is finite."""
    if not bool(torch.isfinite(x).all()):
        bad = int((~torch.isfinite(x)).flatten(1).any(dim=1).sum())
        raise NotFinite(f"{bad} of {len(x)} samples are not finite")


def to_uint8(x: Tensor) -> Tensor:
    """Images in [-1, 1] (others are clamped), float N x C x H x W, as uint8 of the same shape.

    Raises:
        NotFinite: Any value is NaN or infinite.
    """
    require_finite(x)
    return ((x.clamp(-1.0, 1.0) + 1.0) * 127.5).round().to(torch.uint8)


def to_float(images: Tensor) -> Tensor:
    """The inverse of `to_uint8`: uint8 images as float32 in [-1, 1]."""
    return images.float() / 127.5 - 1.0
