"""Anybody's generated samples -> one tensor, or one line that says what is wrong with them.

    a folder of PNGs, .npy, .npz, .pt       images N x C x H x W: uint8, or float in [-1, 1]; or points N x 2

Where a file leaves room for a second meaning the likelier one is taken and a note says so; where a wrong
meaning would give a plausible score, it is refused. Nothing that could be executed is ever loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench import image_files
from bench.array_files import read_array
from bench.features.pixels import to_float
from bench.problems import UserError

_FORMS = "a folder of PNGs, or a file .npy, .npz or .pt"
_BEYOND = 1.5
_NAMES = ("samples", "images", "x", "arr_0")

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Given:
    """Samples as they were given."""

    x: Tensor
    """Images, float32 N x C x H x W in [-1, 1] (or not finite); points, float64 N x 2. N is at least 2."""
    notes: tuple[str, ...]
    """What was assumed, one sentence each."""


def read(path: Path, shape: tuple[int, ...]) -> Given:
    """The samples at `path`.

    Args:
        path: A folder of images or a file of an array.
        shape: Of one sample of the data that they are held against: (2,) or (C, H, W).

    Raises:
        UserError: They cannot be read, or are not samples of this data.
    """
    notes: list[str] = []
    if path.is_dir():
        array = _folder(path, shape, notes)
    elif not path.exists():
        raise UserError(f"{path}: there is no such file or folder; samples are {_FORMS}")
    else:
        array = read_array(path, _NAMES, _FORMS)
    if array.dtype.kind not in "uif":
        raise UserError(f"{path} holds {array.dtype} values; samples are numbers")
    if len(array.shape) == 0 or len(array) < 2:
        count = len(array) if array.shape else "no row of"
        raise UserError(f"{path} holds {count} samples; a score needs at least 2")
    if len(shape) == 1:
        return Given(_points(path, array, shape), tuple(notes))
    array = _channels_first(path, array, shape, notes)
    return Given(_images(path, array, notes), tuple(notes))


def _folder(path: Path, shape: tuple[int, ...], notes: list[str]) -> Array:
    if len(shape) == 1:
        raise UserError(
            f"{path} is a folder, and this data has points; give a file .npy, .npz or .pt of N x 2"
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
        raise UserError(f"{path} holds {_by(array.shape)} values; this data needs points, N x {shape[0]}")
    return torch.from_numpy(array.astype(np.float64))


def _channels_first(path: Path, array: Array, shape: tuple[int, ...], notes: list[str]) -> Array:
    channels, height, width = shape
    if array.shape[1:] == shape:
        return array
    if array.shape[1:] == (height, width, channels):
        notes.append(f"read as N x H x W x C, {_by(array.shape)}")
        return np.ascontiguousarray(array.transpose(0, 3, 1, 2))
    if channels == 1 and array.shape[1:] == (height, width):
        notes.append(f"read as N x H x W grey images, {_by(array.shape)}")
        return array[:, None]
    raise UserError(f"{path} holds {_by(array.shape)} values; this data needs images, N x {_by(shape)}")


def _images(path: Path, array: Array, notes: list[str]) -> Tensor:
    """float32 in [-1, 1] of any numbers that can mean that."""
    if array.dtype == np.uint8:
        if array.max() <= 1:
            notes.append("no pixel is above 1; uint8 is read as 0 to 255, so all images are black")
        return to_float(torch.from_numpy(array))
    if array.dtype.kind != "f":
        raise UserError(f"{path} holds {array.dtype} images; save uint8 of 0 to 255, or floats in [-1, 1]")
    if np.isfinite(array).all():
        low, high = float(array.min()), float(array.max())
        if max(-low, high) > _BEYOND:
            form = "images are floats in [-1, 1], or uint8 of 0 to 255"
            raise UserError(f"{path} holds floats from {low:g} to {high:g}; {form}")
        if low >= 0.0 and high <= 1.0:
            notes.append("these look like [0, 1]; they are read as [-1, 1]")
        elif max(-low, high) > 1.0:
            notes.append(f"floats from {low:g} to {high:g} are clamped to [-1, 1]")
    with np.errstate(over="ignore"):  # only beside values that are not finite anyway
        return torch.from_numpy(array.astype(np.float32))


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
