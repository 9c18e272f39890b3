"""Picture files -> bytes of one size. Colours are never converted: nobody has chosen the rule.

A palette, an alpha channel, a transparent colour or 16 bits, or a grey picture among RGB ones, is refused,
and so is one that would have to be turned or enlarged. Larger ones are cut to their central square and
reduced (Pillow's bicubic filter, which averages over all pixels; reducing without that changes scores).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from gan.data.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_MODES = {"L": 1, "RGB": 3}
_BIT_DEPTH = 24
"""The byte of a PNG that holds its bits a channel: Pillow reads 16 of RGB as 8 and does not say so."""
_PLAIN = "save it as 8-bit grey or RGB without alpha"


@dataclass(frozen=True)
class Form:
    """What pictures become."""

    channels: int
    """1 or 3, whichever they must be; RGB with three equal channels may pass for grey."""
    side: int
    """Pixels a side, of pictures that have at least as many."""
    crop: int | None = None
    """Side of the central square that is cut out; None: the largest."""


def listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Pictures and folders in `folder`, each by name; other files and hidden ones are passed over.

    Raises:
        DataError: It cannot be read.
    """
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror or 'cannot be read'}") from error
    folders = [path for path in found if path.is_dir()]
    return [path for path in found if path.suffix.lower() in SUFFIXES and path not in folders], folders


def some(count: int, most: int) -> list[int]:
    """Which of `count` things are taken, in order: all if `most` is 0, else always the same random ones."""
    if not 0 < most < count:
        return list(range(count))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    chosen: list[int] = order[:most].sort().values.tolist()
    return chosen


def read(paths: Sequence[Path], form: Form) -> np.ndarray:
    """The pictures, uint8 N x C x side x side.

    Raises:
        DataError: One is broken, too small, or of another kind; the message names it.
    """
    images = np.empty((len(paths), form.channels, form.side, form.side), np.uint8)
    for index, path in enumerate(paths):
        images[index] = _read(path, form)
    return images


def _read(path: Path, form: Form) -> np.ndarray:
    """uint8, C x side x side."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns of a size beyond reason, which is refused below a limit of its own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _check_colours(path, image, form)
                _check_size(path, image.size, form.crop or form.side)
                image.load()
                _check_upright(path, image)
                edge = form.crop or min(image.size)
                left, top = (image.width - edge) // 2, (image.height - edge) // 2
                # The whole picture, if that is what is wanted, keeps its bytes.
                square = image.crop((left, top, left + edge, top + edge))
                if edge != form.side:
                    square = square.resize((form.side, form.side), Image.Resampling.BICUBIC)
                pixels = np.asarray(square).reshape(form.side, form.side, _MODES[image.mode])
    except DataError:
        raise
    except Exception as error:  # a decoder may raise anything on bytes that it does not expect
        why = "there is no such file" if isinstance(error, FileNotFoundError) else type(error).__name__
        raise DataError(f"{path} cannot be read as a picture ({why}); mend it or take it away") from error
    pixels = pixels.transpose(2, 0, 1)
    if form.channels == 1 and bool((pixels != pixels[:1]).any()):
        raise DataError(
            f"{path} has colours, and grey pictures are expected; convert it, or set `channels: 3`"
        )
    return pixels[: form.channels]


def _check_colours(path: Path, image: Image.Image, form: Form) -> None:
    if image.mode not in _MODES:
        raise DataError(f"{path} is of mode {image.mode}; {_PLAIN}")
    if image.format == "PNG":
        with path.open("rb") as file:
            depth = file.read(_BIT_DEPTH + 1)[_BIT_DEPTH]
        if depth > 8:
            raise DataError(f"{path} has {depth} bits a channel; {_PLAIN}")
    if "transparency" in image.info:
        raise DataError(f"{path} has a transparent colour; {_PLAIN}")
    if _MODES[image.mode] < form.channels:
        raise DataError(
            f"{path} is grey, and RGB pictures are expected; convert it, or set `channels: 1` for grey ones"
        )


def _check_size(path: Path, size: tuple[int, int], least: int) -> None:
    if min(size) < least:
        raise DataError(
            f"{path} has {size[1]} x {size[0]} pixels, fewer than the {least} x {least} that are wanted; "
            "take it away or ask for less: nothing is enlarged"
        )


def _check_upright(path: Path, image: Image.Image) -> None:
    """`image`: wholly read, as a PNG may say at its end how it is turned."""
    from PIL import ExifTags

    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception as error:
        why = type(error).__name__
        raise DataError(
            f"{path} has EXIF data that cannot be read ({why}) and may say how to turn it; save it without"
        ) from error
    if orientation != 1:
        raise DataError(
            f"{path} is stored turned or mirrored (EXIF orientation {orientation}); save it upright, or "
            "without EXIF data if it is upright as it is stored"
        )
