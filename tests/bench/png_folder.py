"""Images as a folder of PNG files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def save_pngs(folder: Path, images: np.ndarray[Any, Any], mode: str | None = None) -> Path:
    """uint8 images, N x H x W [x C], one file each, in a new folder; `mode` is Pillow's."""
    folder.mkdir(parents=True)
    for index, image in enumerate(images):
        Image.fromarray(image).convert(mode).save(folder / f"{index:05}.png")
    return folder
