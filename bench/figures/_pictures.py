"""The pictures of samples that runs leave (`bench.pictures`), taken apart again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

_ACROSS = 8
"""Images side by side in a grid."""
_LINE = 64
"""Grey of the lines between them."""
_SIDE = 512


def tiles(path: Path) -> list[Pixels] | None:
    """The images of a grid in their order, height x width x 3 each, one pixel a pixel; None for points."""
    with Image.open(path) as opened:
        pixels = np.asarray(opened.convert("RGB"))
    if not (pixels[0] == _LINE).all():
        return None
    scale = _scale(pixels.shape[1])
    if scale is None:
        return None
    small = pixels[::scale, ::scale]
    width = (small.shape[1] - 1) // _ACROSS - 1
    tops = [row for row in range(small.shape[0] - 1) if (small[row] == _LINE).all()]
    whole = small.shape[0] - 1
    # All lines are as far apart as the first two that leave room for an image.
    height = next((top for top in tops if top > 1 and whole % top == 0), whole) - 1
    return [
        small[top + 1 : top + 1 + height, left + 1 : left + 1 + width]
        for top in range(0, small.shape[0] - 1, height + 1)
        for left in range(0, small.shape[1] - 1, width + 1)
    ]


def scatter(path: Path, side: int) -> Pixels:
    """A picture of points, made smaller to `side` pixels."""
    with Image.open(path) as opened:
        small = opened.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small)


def _scale(width: int) -> int | None:
    """How many times larger than its images a grid of this width was drawn."""
    for scale in range(1, width // (2 * _ACROSS + 1) + 1):
        step, rest = divmod(width // scale - 1, _ACROSS)
        if width % scale or rest or step < 2:
            continue
        if scale == max(1, round(_SIDE / (_ACROSS * (step - 1)))):
            return scale
    return None
