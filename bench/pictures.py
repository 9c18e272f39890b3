"""What a generator makes, as a PNG: a grid of images, or points over the data's modes.

The view of points is fixed by the real data, so that pictures of different steps and runs compare.
The same samples give the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from gan.data.base import Samples

_TILES = 8
_SIDE = 512
_POINTS = 2_000
_MARGIN = 0.15
_RADIUS = 1.3
_OPACITY = 0.5

_MODE = (150, 150, 150)
_POINT = (31, 90, 180)
_OUTSIDE = (200, 40, 40)

Pixels = np.ndarray[Any, np.dtype[Any]]


def samples_png(x: Tensor, samples: Samples, path: Path) -> None:
    """Write a picture of generated samples; missing folders are made.

    Args:
        x: Float; images N x C x H x W in [-1, 1] with 1 or 3 channels, of which the first 64 are drawn,
            or points N x 2, of which the first 2,000 are. What is not finite is drawn as mid-grey, or not.
        samples: The real data: its modes as circles of 3 sigma, and the view.
        path: The file.
    """
    x = x[:_POINTS].detach().cpu().float()
    picture = _grid(x) if x.ndim == 4 else _scatter(x, samples)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, format="PNG", compress_level=1)


def _grid(x: Tensor) -> Image.Image:
    """The first 64 images in rows of eight, enlarged to about 512 pixels, nearest neighbour."""
    x = x[: _TILES * _TILES]
    count, channels, height, width = x.shape
    pixels = ((torch.nan_to_num(x, nan=0.0).clamp(-1.0, 1.0) + 1.0) * 127.5).round().to(torch.uint8).numpy()
    rows = -(-count // _TILES)
    gap = 1
    canvas = np.full((channels, rows * (height + gap) + gap, _TILES * (width + gap) + gap), 64, np.uint8)
    for index in range(count):
        top, left = (gap + (index // _TILES) * (height + gap), gap + (index % _TILES) * (width + gap))
        canvas[:, top : top + height, left : left + width] = pixels[index]
    scale = max(1, round(_SIDE / (_TILES * width)))
    large = canvas.repeat(scale, axis=1).repeat(scale, axis=2)
    return Image.fromarray(large[0] if channels == 1 else np.ascontiguousarray(large.transpose(1, 2, 0)))


def _scatter(x: Tensor, samples: Samples) -> Image.Image:
    """Blue points over grey circles; points outside the view are red, on its border."""
    low, high = _view(samples)
    canvas = np.full((_SIDE, _SIDE, 3), 255.0, dtype=np.float32)
    if samples.centres is not None and samples.sigma is not None:
        radius = max(3.0 * samples.sigma / float((high - low).max()) * _SIDE, 4.0)
        _blend(canvas, _circles(_to_pixels(samples.centres.cpu().numpy(), low, high), radius), _MODE)
    points = x.double().numpy()
    places = _to_pixels(points[np.isfinite(points).all(axis=1)], low, high)
    inside = ((places >= 0) & (places < _SIDE)).all(axis=1)
    _blend(canvas, _disks(places[inside]), _POINT)
    if not inside.all():
        _blend(canvas, _disks(places[~inside].clip(0, _SIDE - 1)), _OUTSIDE)
    return Image.fromarray((canvas + 0.5).astype(np.uint8))


def _view(samples: Samples) -> tuple[Pixels, Pixels]:
    """Lowest and highest corner of a square around the real data, with a margin."""
    low, high = samples.x.amin(dim=0).cpu().numpy(), samples.x.amax(dim=0).cpu().numpy()
    centre, half = (low + high) / 2.0, max(float((high - low).max()) / 2.0, 1e-6) * (1.0 + 2.0 * _MARGIN)
    return centre - half, centre + half


def _to_pixels(points: Pixels, low: Pixels, high: Pixels) -> Pixels:
    """Columns and rows, floats; the second coordinate points up."""
    unit = (points - low) / (high - low)
    return np.stack([unit[:, 0], 1.0 - unit[:, 1]], axis=1) * _SIDE


def _circles(places: Pixels, radius: float) -> Pixels:
    """How much of each pixel is covered by circles, 0 to 1. Drawn twice as large, for smooth edges."""
    image = Image.new("L", (2 * _SIDE, 2 * _SIDE))
    draw = ImageDraw.Draw(image)
    for column, row in 2.0 * places:
        box = (column - 2 * radius, row - 2 * radius, column + 2 * radius, row + 2 * radius)
        draw.ellipse(box, outline=255, width=2)
    return np.asarray(image.reduce(2)) / np.float32(255.0)


def _disks(places: Pixels) -> Pixels:
    """How much of each pixel is covered by translucent disks at `places`, 0 to 1, in any order."""
    reach = np.arange(-2, 3)
    across, down = (offset.ravel() for offset in np.meshgrid(reach, reach))
    columns = places[:, :1].astype(np.int64) + across
    rows = places[:, 1:].astype(np.int64) + down
    distance = np.hypot(columns + 0.5 - places[:, :1], rows + 0.5 - places[:, 1:])
    # A pixel at the edge counts by how far the disk reaches into it.
    light = np.log1p(-_OPACITY * (_RADIUS + 0.5 - distance).clip(0.0, 1.0))
    kept = (columns >= 0) & (columns < _SIDE) & (rows >= 0) & (rows < _SIDE)
    flat = (rows * _SIDE + columns)[kept]
    total = np.bincount(flat, weights=light[kept], minlength=_SIDE * _SIDE)
    return -np.expm1(total.reshape(_SIDE, _SIDE))


def _blend(canvas: Pixels, share: Pixels, colour: tuple[int, int, int]) -> None:
    """Move the touched pixels of `canvas` towards `colour` by `share`."""
    touched = np.flatnonzero(share)
    part = share.reshape(-1)[touched][:, None]
    pixels = canvas.reshape(-1, 3)
    pixels[touched] = (1.0 - part) * pixels[touched] + part * np.array(colour)
