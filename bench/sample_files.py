"""Anybody's generated samples -> one tensor, or one line that says what is wrong with them.

    a folder of PNGs, .npy, .npz, .pt       images N x C x H x W: uint8, or float in [-1, 1]; or points N x d

Where a file leaves room for a second meaning the likelier one is taken and a note says so; where a wrong
meaning would give a plausible score, it is refused: floats of which none is negative are most often images in
[0, 1], and only whoever made them can tell. Nothing that could be executed is ever loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from bench import image_files
from bench.array_files import read_array
from bench.features.pixels import to_float
from bench.problems import UserError
from bench.wording import by, count

FORMS = "a folder of PNGs, or a file .npy, .npz or .pt"
"""What samples may come as, in words."""
_BEYOND = 1.5
_LIGHT = -0.1
"""Images in [0, 1] that were resized or compressed go a little below 0; those in [-1, 1] go farther."""
_NAMES = ("samples", "images", "x", "arr_0")
_BYTES = "uint8 of 0 to 255"

Pixels = Literal["minus-one-to-one", "zero-to-one"]
"""The range in which an array holds the floats of its images."""
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Given:
    """Samples as they were given."""

    x: Tensor
    """Images, float32 N x C x H x W in [-1, 1] (or not finite); points, float64 N x d. N is at least 2."""
    notes: tuple[str, ...]
    """What was assumed, one sentence each."""


def read(path: Path, shape: tuple[int, ...], pixels: Pixels | None = None) -> Given:
    """The samples at `path`.

    Args:
        path: A folder of images or a file of an array.
        shape: Of one sample of the data that they are held against: (d,) or (C, H, W).
        pixels: The range of images of floats; None: [-1, 1], unless they look like [0, 1].

    Raises:
        UserError: They cannot be read, or are not samples of this data.
    """
    notes: list[str] = []
    try:
        is_there, is_folder = path.exists(), path.is_dir()
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise UserError(f"{path}: {error.strerror or 'cannot be read'}") from None
    if is_folder:
        array = _folder(path, shape, notes)
    elif not is_there:
        raise UserError(f"{path}: there is no such file or folder; samples are {FORMS}")
    else:
        array = read_array(path, _NAMES, FORMS)
    if array.dtype.kind not in "uif":
        raise UserError(f"{path} holds {array.dtype} values; samples are numbers")
    if len(array.shape) == 0 or len(array) < 2:
        held = count(len(array), "sample") if array.shape else "a single number"
        raise UserError(f"{path} holds {held}; a score needs at least 2 samples")
    if pixels is not None and (len(shape) == 1 or array.dtype.kind != "f"):
        held = "points" if len(shape) == 1 else f"{array.dtype} images"
        raise UserError(f"--pixels is about images of floats, and {path} holds {held}; leave it out")
    if len(shape) == 1:
        return Given(_points(path, array, shape), tuple(notes))
    array = _channels_first(path, array, shape, notes)
    images = _floats(path, array, pixels, notes) if array.dtype.kind == "f" else _bytes(path, array, notes)
    return Given(images, tuple(notes))


def _folder(path: Path, shape: tuple[int, ...], notes: list[str]) -> Array:
    if len(shape) == 1:
        raise UserError(
            f"{path} is a folder, and this data has points; give a file .npy, .npz or .pt of N x {shape[0]}"
        )
    found = image_files.listing(path)
    if found.folders:
        raise UserError(f"{found.folders[0]} is a folder; images must lie in {path} itself")
    if not found.images:
        raise UserError(f"{path} holds no images ({', '.join(image_files.SUFFIXES)})")
    notes += image_files.notes(found.images, found.others)
    return image_files.read(found.images, (shape[1], shape[2]), shape[0])


def _points(path: Path, array: Array, shape: tuple[int, ...]) -> Tensor:
    if array.shape[1:] != shape:
        raise UserError(f"{path} holds {by(array.shape)} values; this data needs points, N x {shape[0]}")
    with np.errstate(over="ignore"):  # what float64 cannot hold is not finite, which is a result
        return torch.from_numpy(array.astype(np.float64))


def _channels_first(path: Path, array: Array, shape: tuple[int, ...], notes: list[str]) -> Array:
    channels, height, width = shape
    if array.shape[1:] == shape:
        return array
    if array.shape[1:] == (height, width, channels):
        notes.append(f"read as N x H x W x C, {by(array.shape)}")
        return np.ascontiguousarray(array.transpose(0, 3, 1, 2))
    if channels == 1 and array.shape[1:] == (height, width):
        notes.append(f"read as N x H x W grey images, {by(array.shape)}")
        return array[:, None]
    raise UserError(f"{path} holds {by(array.shape)} values; this data needs images, N x {by(shape)}")


def _bytes(path: Path, array: Array, notes: list[str]) -> Tensor:
    """float32 in [-1, 1] of bytes."""
    if array.dtype != np.uint8:
        raise UserError(f"{path} holds {array.dtype} images; save {_BYTES}, or floats in [-1, 1]")
    if array.max() <= 1:
        notes.append("no pixel is above 1; uint8 is read as 0 to 255, so all images are black")
    return to_float(torch.from_numpy(array))


def _floats(path: Path, array: Array, pixels: Pixels | None, notes: list[str]) -> Tensor:
    """float32 in [-1, 1], or a little beyond it, of floats."""
    with np.errstate(over="ignore"):  # only beside values that are not finite anyway
        images = torch.from_numpy(array.astype(np.float32))
    if pixels == "zero-to-one":
        images = 2.0 * images - 1.0
    if not np.isfinite(array).all():
        return images
    low, high = float(array.min()), float(array.max())
    held = f"{path} holds floats from {low:g} to {high:g}"
    lowest = 0.0 if pixels == "zero-to-one" else -1.0
    if float(images.abs().max()) > _BEYOND:
        raise UserError(f"{held}; images are floats in [{lowest:g}, 1], or {_BYTES}")
    if pixels is None and low >= 0.0:
        way_out = "give --pixels zero-to-one, or --pixels minus-one-to-one if they are in [-1, 1]"
        raise UserError(f"{held}, which look like images in [0, 1]; {way_out}")
    if pixels is None and low > _LIGHT:
        notes.append(f"no pixel is below {low:g}; if these are images in [0, 1], give --pixels zero-to-one")
    if low < lowest or high > 1.0:
        notes.append(f"floats from {low:g} to {high:g} are clamped to [{lowest:g}, 1]")
    return images
