"""Small copies of pictures, which MLflow's interface shows while one moves through the steps."""

from __future__ import annotations

from pathlib import Path

_LONGEST = 256
"""Pixels of the longer side, as in MLflow's own."""


def shrink(picture: Path, target: Path) -> bool:
    """Write `picture` to `target`, made small; whether there is a picture to make small."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(picture) as image:
            width, height = image.size
            scale = _LONGEST / max(width, height)
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            # The quickest ways to do both: there is one of these an evaluation, and training pays for them.
            image.resize(size, Image.Resampling.BOX).save(target, method=0)
    except (FileNotFoundError, UnidentifiedImageError):
        # What is gone is told of with the picture itself.
        return False
    return True
