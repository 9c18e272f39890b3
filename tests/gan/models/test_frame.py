"""Images of any size sit in the middle of a square whose side is a power of two."""

from __future__ import annotations

import pytest
import torch

from gan.models._frame import cropped, declined, framed, power_of_two


@pytest.mark.parametrize(
    ("shape", "side"), [((1, 5, 5), 8), ((1, 8, 8), 8), ((3, 9, 2), 16), ((1, 28, 28), 32)]
)
def test_the_frame_is_the_next_power_of_two(shape: tuple[int, ...], side: int) -> None:
    """And at least 8."""
    assert power_of_two(shape) == side


@pytest.mark.parametrize("shape", [(1, 5, 5), (2, 9, 13), (3, 28, 28), (1, 32, 32)])
def test_cropping_undoes_framing(shape: tuple[int, ...]) -> None:
    """All around the image is -1, and cutting it out gives it back."""
    x = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0))
    square = framed(x, 32)
    assert square.shape == (2, shape[0], 32, 32)
    assert torch.equal(cropped(square, shape), x)
    assert square.sum() == pytest.approx(float(x.sum()) - (square.numel() - x.numel()), rel=1e-5)


def test_shapes_are_declined_with_the_sizes_that_fit() -> None:
    """Points, and images too small or too large."""
    assert "points" in str(declined("it", (2,), 64))
    assert "8×8 to 64×64" in str(declined("it", (1, 65, 9), 64)) and declined("it", (1, 4, 4), 64)
    assert declined("it", (3, 64, 5), 64) is None
