"""What a generator makes, as a PNG: a grid of images, or points over the data's modes.

The view of points is fixed by the real data, so that pictures of different steps and runs compare. Points on
a line are drawn in a strip, above each other in their order; points of more than two coordinates as they look
along the two principal axes of the modes' centres (of the real points, where centres span no plane).
The same samples give the same bytes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from gan.data.base import Samples
from gan.durable import put

_TILES = 8
_SIDE = 512
_POINTS = 2_000
_MARGIN = 0.15
_RADIUS = 1.3
_OPACITY = 0.5
_STRIP = 0.25
"""Height of the strip in which points on a line are drawn, as a share of the view's."""
_LOOKED_AT = 10_000
"""Real points that axes are found from."""

_MODE = (150, 150, 150)
_POINT = (31, 90, 180)
_OUTSIDE = (200, 40, 40)

Pixels = np.ndarray[Any, np.dtype[Any]]


def samples_png(x: Tensor, samples: Samples, path: Path) -> None:
    """Write a picture of generated samples, all or nothing; missing folders are made.

    Args:
        x: Float; images N x C x H x W in [-1, 1] with 1 or 3 channels, of which the first 64 are drawn,
            or points N x d, of which the first 2,000 are. What is not finite is drawn as mid-grey, or not.
        samples: The real data: its modes as circles of 3 sigma, and the view.
        path: The file.

    Raises:
        OSError: It could not be written.
    """
    x = x[:_POINTS].detach().cpu().float()
    picture = _grid(x) if x.ndim == 4 else _scatter(x, samples)
    encoded = io.BytesIO()
    picture.save(encoded, format="PNG", compress_level=1)
    put(path, lambda sink: sink.write(encoded.getvalue()))


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
    view = _view(samples)
    low, high = view.low, view.high
    canvas = np.full((_SIDE, _SIDE, 3), 255.0, dtype=np.float32)
    if samples.centres is not None and samples.sigma is not None:
        radius = max(3.0 * samples.sigma / float((high - low).max()) * _SIDE, 4.0)
        _blend(canvas, _circles(_to_pixels(view.flat(samples.centres), low, high), radius), _MODE)
    points = view.flat(x[x.isfinite().all(dim=1)], strip=True)
    places = _to_pixels(points[np.isfinite(points).all(axis=1)], low, high)
    inside = ((places >= 0) & (places < _SIDE)).all(axis=1)
    _blend(canvas, _disks(places[inside]), _POINT)
    if not inside.all():
        _blend(canvas, _disks(places[~inside].clip(0, _SIDE - 1)), _OUTSIDE)
    return Image.fromarray((canvas + 0.5).astype(np.uint8))


@dataclass(frozen=True)
class _View:
    """From where the real data is seen."""

    axes: Pixels | None
    """d x 2, orthonormal; None for points that need none: those on a line or a plane."""
    low: Pixels
    """The lower left corner of the square that is drawn."""
    high: Pixels

    def flat(self, x: Tensor, strip: bool = False) -> Pixels:
        """Points N x d as places N x 2; those on a line at height 0, or in a `strip` in their order."""
        points: Pixels = x.cpu().double().numpy()
        if self.axes is not None:
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is not drawn
                return points @ self.axes
        if points.shape[1] == 2:
            return points
        height = np.zeros(len(points))
        if strip:
            reach = _STRIP * float(self.high[1] - self.low[1])
            height = reach * ((np.arange(len(points)) + 0.5) / max(1, len(points)) - 0.5)
        return np.stack([points[:, 0], height], axis=1)


def _view(samples: Samples) -> _View:
    """A square around the real data, with a margin."""
    axes = _axes(samples)
    if axes is None:
        seen = samples.x if samples.x.shape[1] == 2 else F.pad(samples.x, (0, 1))
    else:
        seen = samples.x[:_LOOKED_AT] @ torch.from_numpy(axes).to(samples.x)
    low, high = seen.amin(dim=0).cpu().numpy(), seen.amax(dim=0).cpu().numpy()
    extent = float((high - low).max())
    # All of the data may be one point: then the view is of the unit around it.
    half = (max(extent / 2.0, 1e-6) if extent else 1.0) * (1.0 + 2.0 * _MARGIN)
    centre = (low + high) / 2.0
    return _View(axes, centre - half, centre + half)


def _axes(samples: Samples) -> Pixels | None:
    """d x 2: the two principal axes of the centres, or of the real points; None where points have no more."""
    if samples.x.shape[1] <= 2:
        return None
    points, centres = samples.x[:_LOOKED_AT], samples.centres
    axes, plane = _principal(points if centres is None or len(centres) < 3 else centres)
    if not plane:
        axes, _ = _principal(points)
    # Either end of an axis is as good: its largest entry is made positive.
    largest = np.abs(axes).argmax(axis=0)
    found: Pixels = axes * np.where(axes[largest, [0, 1]] < 0, -1.0, 1.0)
    return found


def _principal(cloud: Tensor) -> tuple[Pixels, bool]:
    """The two axes along which rows vary most, d x 2, and whether they vary along both."""
    around = cloud.cpu().double().numpy()
    around = around - around.mean(axis=0)
    _, sizes, axes = np.linalg.svd(around, full_matrices=len(around) < 2)
    return axes[:2].T, len(sizes) > 1 and bool(sizes[1] > 1e-6 * sizes[0])


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
