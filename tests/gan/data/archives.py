"""Tiny files in the forms of the official data sets; shared by the tests of data that reads files."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

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
