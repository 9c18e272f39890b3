"""Pictures of samples: the same view at every step, the same bytes for the same samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from bench.pictures import samples_png
from gan.data.base import Data, Samples
from gan.data.digits import Digits
from gan.data.dirac import Dirac
from gan.data.grid import Grid
from gan.data.random_mixture import RandomMixture
from gan.data.ring import Ring
from gan.data.stacked_digits import StackedDigits
from gan.registry import DATA

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


def test_points_on_a_line_are_a_strip_over_their_place(tmp_path: Path) -> None:
    """All at one place: a column of points, a quarter of the picture high, at the middle."""
    line = RandomMixture(modes=2, dimension=1, sigma=0.02, seed=1, size=1000)
    centre = line.load(Path()).centres
    assert centre is not None
    pixels = _pixels(centre[:1].repeat(200, 1), line, tmp_path / "line.png")
    rows, columns = np.nonzero(_like(pixels, BLUE))
    assert columns.max() - columns.min() <= 6 and abs(rows.mean() - 256) < 3
    assert 100 < rows.max() - rows.min() < 160
    left, right = (_pixels(c[None].repeat(9, 1), line, tmp_path / "side.png") for c in centre.sort(0).values)
    places = [np.nonzero(_like(side, BLUE))[1].mean() for side in (left, right)]
    assert places[0] < 256 < places[1], "smaller is further to the left"


def test_data_of_one_point_is_seen_from_a_unit_away(tmp_path: Path) -> None:
    """A generator at 0.9 is in the picture, one at 2 on its border."""
    near = _pixels(torch.full((20, 1), 0.9), Dirac(), tmp_path / "near.png")
    assert _like(near, BLUE).any() and not _like(near, RED).any()
    assert _like(_pixels(torch.full((20, 1), 2.0), Dirac(), tmp_path / "far.png"), RED).any()


@dataclass(frozen=True)
class Turned(Data):
    """Points whose first two coordinates are a ring's, turned into five dimensions."""

    turn: Tensor
    with_centres: bool

    @property
    def shape(self) -> tuple[int, ...]:
        return (5,)

    def load(self, root: Path, download: bool = False) -> Samples:
        ring = Ring(modes=3, sigma=0.02, size=3000).load(root)
        assert ring.centres is not None
        # Stretched, so that there is a first and a second axis.
        flat = torch.tensor([2.0, 1.0])
        x, centres = (side * flat @ self.turn for side in (ring.x, ring.centres))
        return Samples(x, ring.priors, *((centres, 0.02) if self.with_centres else (None, None)))


@pytest.mark.parametrize("with_centres", [True, False])
def test_points_of_many_coordinates_are_seen_along_their_principal_axes(
    with_centres: bool, tmp_path: Path
) -> None:
    """A plane in five dimensions is seen flat: distances between modes are those in space."""
    turn = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(1))).Q[:2]
    data = Turned(turn, with_centres)
    ring = Ring(modes=3).load(Path()).centres
    assert ring is not None
    centres = ring * torch.tensor([2.0, 1.0]) @ turn
    places = []
    for centre in centres:
        pixels = _pixels(centre[None].repeat(30, 1), data, tmp_path / "mode.png")
        rows, columns = np.nonzero(_like(pixels, BLUE))
        places.append([rows.mean(), columns.mean()])
    seen, real = torch.pdist(torch.tensor(places)), torch.pdist(centres.double())
    torch.testing.assert_close(seen / seen.max(), real / real.max(), atol=0.02, rtol=0.0)


def test_every_data_set_is_drawn(tmp_path: Path) -> None:
    """Whatever its dimension; the same samples give the same bytes."""
    for name in DATA.names():
        defaults = DATA.spec(name).defaults
        data = DATA.load(name)(**({"size": 200} if "size" in defaults else {}))
        if data.file_backed or len(data.shape) != 1:
            continue
        samples = data.load(Path())
        first, second = (_pixels(samples.x[:100], data, tmp_path / f"{name}{turn}.png") for turn in (0, 1))
        assert np.array_equal(first, second) and _like(first, BLUE).any(), name
        assert not _like(first, RED).any(), f"{name}: real samples are in the view"
