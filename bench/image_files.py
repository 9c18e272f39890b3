"""Image files -> bytes, exactly as they are: what would have to be converted is refused.

A palette, an alpha channel or 16 bits would have to be turned into grey or RGB of 8 bits by a rule that
nobody has chosen, and scores depend on every pixel.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.problems import UserError
from bench.wording import by, count

SUFFIXES = (".png", ".jpg", ".jpeg")
_MODES = {"L": 1, "RGB": 3}

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Folder:
    """What lies in a folder of images."""

    images: tuple[Path, ...]
    """By name."""
    others: tuple[Path, ...]
    """Files that are no images, hidden ones left out."""
    folders: tuple[Path, ...]


def listing(folder: Path) -> Folder:
    """What lies in `folder`, hidden entries left out."""
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror or 'cannot be read'}") from None
    files = [path for path in found if not path.is_dir()]
    images = [path for path in files if path.suffix.lower() in SUFFIXES]
    return Folder(
        tuple(images),
        tuple(path for path in files if path not in set(images)),
        tuple(path for path in found if path.is_dir()),
    )


def notes(images: Sequence[Path], others: Sequence[Path]) -> list[str]:
    """What a person should know of a folder that is read: what is left out, and what has been lost."""
    said = []
    if others:
        said.append(f"{count(len(others), 'other file')} left out, beginning with {others[0].name}")
    lossy = sum(path.suffix.lower() != ".png" for path in images)
    if lossy:
        said.append(f"{count(lossy, 'JPEG')} among the images: their loss changes pixels, and so the scores")
    return said


def read(paths: Sequence[Path], size: tuple[int, int] | None = None, channels: int | None = None) -> Pixels:
    """Images of one size.

    Args:
        paths: At least one file.
        size: Height and width that all must have; None: those of the first file.
        channels: 1 or 3, whichever the images must be; None: 3 unless every one of them is grey. RGB with
            three equal channels, as torchvision saves grey images, may pass for grey.

    Returns:
        uint8, N x C x H x W.

    Raises:
        UserError: A file is broken, of another size or of another form.
    """
    images: list[Pixels] = []
    for path in paths:
        image = _read(path, size)
        size = size or (image.shape[1], image.shape[2])
        images.append(image)
    channels = channels or (1 if all(map(_grey, images)) else 3)
    for path, image in zip(paths, images, strict=True):
        if channels == 3 and len(image) == 1:
            raise UserError(f"{path} is grey; RGB images are expected")
        if channels == 1 and not _grey(image):
            raise UserError(f"{path} has colours; grey images are expected")
    return np.stack([image[:channels] for image in images])


def _grey(image: Pixels) -> bool:
    return bool((image == image[:1]).all())


def _read(path: Path, size: tuple[int, int] | None) -> Pixels:
    """uint8, C x H x W."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # A size beyond reason is refused below, before anything is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
        with image:
            if image.mode not in _MODES:
                raise UserError(f"{path} is of mode {image.mode}; save it as 8-bit grey or RGB without alpha")
            if size is not None and (image.height, image.width) != size:
                found = by((image.height, image.width))
                raise UserError(f"{path} has {found} pixels instead of {by(size)}")
            pixels = np.asarray(image).reshape(image.height, image.width, _MODES[image.mode])
    except UserError:
        raise
    except Exception as error:  # a decoder may raise anything on bytes that it does not expect
        raise UserError(f"{path} cannot be read as an image: {type(error).__name__}") from None
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
