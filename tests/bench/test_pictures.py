"""Pictures of samples: the same view at every step, the same bytes for the same samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bench.pictures import samples_png
from gan.data.base import Data
from gan.data.digits import Digits
from gan.data.grid import Grid
from gan.data.ring import Ring
from gan.data.stacked_digits import StackedDigits

BLUE, RED, GREY = (31, 90, 180), (200, 40, 40), (150, 150, 150)


def _pixels(x: torch.Tensor, data: Data, path: Path) -> np.ndarray:
    samples_png(x, data.load(Path()), path)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def _like(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where a pixel is a tint of `colour`: white mixed with at least a fifth of it."""
    toward = np.array(colour) - 255
    share = ((pixels - 255) @ toward) / (toward @ toward)
    off = np.abs(pixels - 255 - share[..., None] * toward).max(axis=-1)
    return (share > 0.2) & (off < 12)


@pytest.mark.parametrize(
    "data", [Ring(), Grid(), Digits(), StackedDigits(size=100)], ids=lambda d: type(d).__name__
)
def test_the_same_samples_give_the_same_bytes(data: Data, tmp_path: Path) -> None:
    """So that a resumed run leaves the files it would have left."""
    samples = data.load(Path())
    paths = [tmp_path / "a" / "first.png", tmp_path / "second.png"]
    for path in paths:
        samples_png(samples.x[:2500], samples, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with Image.open(paths[0]) as image:
        assert min(image.size) >= 512, "large enough to see"


def test_images_are_enlarged_without_blurring(tmp_path: Path) -> None:
    """Eight rows of eight; each pixel of an 8 x 8 digit becomes a square of 8 x 8."""
    x = Digits().load(Path()).x[:64]
    pixels = _pixels(x, Digits(), tmp_path / "grid.png")[..., 0]
    scale, gap = 8, 8
    for index in (0, 9, 63):
        top, left = (gap + (index // 8) * (64 + gap), gap + (index % 8) * (64 + gap))
        tile = pixels[top : top + 64, left : left + 64]
        expected = ((x[index, 0] + 1) * 127.5).round().numpy().repeat(scale, 0).repeat(scale, 1)
        assert np.array_equal(tile, expected)


def test_fewer_images_than_the_grid_holds_are_drawn(tmp_path: Path) -> None:
    """Three images make one row."""
    pixels = _pixels(torch.ones(3, 1, 8, 8), Digits(), tmp_path / "few.png")
    assert pixels.shape[0] < pixels.shape[1]
    assert (pixels == 255).all(axis=-1).sum() == 3 * 64 * 64


def test_points_are_drawn_where_they_are(tmp_path: Path) -> None:
    """The ring's first centre, at (1, 0), is right of the middle; y points up."""
    right = _pixels(torch.tensor([[1.0, 0.0]]).repeat(50, 1), Ring(), tmp_path / "right.png")
    rows, columns = np.nonzero(_like(right, BLUE))
    assert abs(rows.mean() - 256) < 3 and columns.mean() > 400
    up = _pixels(torch.tensor([[0.0, 1.0]]).repeat(50, 1), Ring(), tmp_path / "up.png")
    rows, columns = np.nonzero(_like(up, BLUE))
    assert rows.mean() < 112 and abs(columns.mean() - 256) < 3


def test_the_view_is_the_datas_and_not_the_samples(tmp_path: Path) -> None:
    """The circles of the real modes stay where they are, whatever the samples do."""
    nothing = _pixels(torch.full((5, 2), float("nan")), Ring(), tmp_path / "nothing.png")
    assert not _like(nothing, BLUE).any(), "what is not finite is not drawn"
    corner = _pixels(torch.tensor([[0.0, 0.0]]), Ring(), tmp_path / "centre.png")
    changed = np.nonzero((nothing != corner).any(axis=-1))
    assert abs(changed[0] - 256).max() < 5 and abs(changed[1] - 256).max() < 5
    eight = np.array([nothing[256, :], nothing[:, 256]])
    assert (eight.sum(axis=-1) < 3 * 230).any(axis=-1).all(), "there are circles on both axes"


def test_points_outside_the_view_are_red_on_its_border(tmp_path: Path) -> None:
    """A run that flies away must not look like an empty picture."""
    far = _pixels(torch.tensor([[1e30, 0.0], [float("inf"), 0.0]]), Ring(), tmp_path / "far.png")
    rows, columns = np.nonzero(_like(far, RED))
    assert len(rows) and columns.min() >= 508 and abs(rows.mean() - 256) < 3


def test_images_that_are_not_finite_are_grey(tmp_path: Path) -> None:
    """Neither black nor white, which samples could be."""
    pixels = _pixels(torch.full((64, 3, 8, 8), float("nan")), StackedDigits(size=64), tmp_path / "nan.png")
    assert (pixels == 128).all(axis=-1).sum() == 64 * 64 * 64
