"""Tiny files in the forms of the official data sets; shared by the tests of data that reads files."""

from __future__ import annotations

import io
import pickle
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from gan.data.base import Data
from gan.data.errors import DataError


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    """Random bytes."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def scaled(images: np.ndarray) -> np.ndarray:
    """What bytes become: 2 v / 255 - 1."""
    return images.astype(np.float64) * 2.0 / 255.0 - 1.0


def pickled(content: Any) -> bytes:
    """As the official batches are: protocol 2."""
    return pickle.dumps(content, protocol=2)


def save(path: Path, pixels: np.ndarray) -> Path:
    """A picture, H x W or H x W x C, in the form that its name says, without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"lossless": True} if path.suffix == ".webp" else {}
    Image.fromarray(pixels).save(path, **options)
    return path


def turned(path: Path, orientation: int, pixels: np.ndarray) -> Path:
    """A picture whose EXIF data say how it is to be turned."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, exif=exif)
    return path


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + checksum


def deep_png(pixels: np.ndarray) -> bytes:
    """The bytes of a PNG of 16 bits a channel, which Pillow does not write. pixels: uint16 H x W x 3."""
    height, width, _ = pixels.shape
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((16, 2, 0, 0, 0))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def png(pixels: np.ndarray) -> bytes:
    """The bytes of a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def refuses(data: Data, root: Path, *words: object) -> None:
    """Loading is a DataError of one line that holds all of these words."""
    with pytest.raises(DataError) as caught:
        data.load(root)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message, message
