"""Floats to bytes: where a wrong cast would turn a broken run into a plausible score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bench.features.pixels import NotFinite, to_float, to_uint8


def _image(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, 1, -1)


def test_the_range_is_clamped_and_not_wrapped() -> None:
    """A cast without a clamp would turn 256 into 0: the brightest pixel into the darkest."""
    assert to_uint8(_image(-7.0, -1.0, 1.0, 1.01, 9e9)).flatten().tolist() == [0, 0, 255, 255, 255]


def test_values_are_rounded_and_not_truncated() -> None:
    """127.5 (x + 1) = 99.9 is pixel 100."""
    assert to_uint8(_image(99.9 / 127.5 - 1.0)).item() == 100


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_refused_and_counted(value: float) -> None:
    """A cast would make NaN a black pixel; the error says how many samples are affected."""
    x = torch.zeros(5, 1, 2, 2)
    x[1, 0, 0, 0] = x[3, 0, 1, 1] = value
    with pytest.raises(NotFinite, match="2 of 5"):
        to_uint8(x)


@given(st.integers(0, 255))
def test_every_byte_survives_the_trip_to_floats_and_back(byte: int) -> None:
    """Data files hold bytes; loading and scoring them must not move any."""
    images = torch.full((1, 1, 1, 1), byte, dtype=torch.uint8)
    assert torch.equal(to_uint8(to_float(images)), images)


@given(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_brighter_stays_at_least_as_bright(a: float, b: float) -> None:
    """The cast is monotone."""
    low, high = to_uint8(_image(min(a, b), max(a, b))).flatten().tolist()
    assert low <= high


FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
# Where casts go wrong is near the ends of the range, which floats drawn from everywhere hardly ever are.
NEAR = st.one_of(st.floats(-1.25, 1.25, width=32), st.sampled_from([-1.0, 1.0, 0.0, 1.0078125]), FINITE)
IMAGES = arrays(np.float32, array_shapes(min_dims=4, max_dims=4, max_side=4), elements=NEAR)


@given(IMAGES, st.sampled_from([torch.float32, torch.float64]))
def test_any_image_is_the_formula_in_float64(image: np.ndarray[Any, Any], dtype: torch.dtype) -> None:
    """u = round(127.5 (clamp(x) + 1)), computed by NumPy in float64.

    In float32 the sum may round across a half; there, and only there, the neighbouring byte is right too.
    """
    exact = 127.5 * (np.clip(image.astype(np.float64), -1.0, 1.0) + 1.0)
    found = to_uint8(torch.from_numpy(image).to(dtype)).numpy()
    assert found.dtype == np.uint8 and found.shape == image.shape
    tie = np.abs(exact - np.floor(exact) - 0.5) < (2e-5 if dtype == torch.float32 else 1e-12)
    expected = np.round(exact)
    assert np.array_equal(found[~tie], expected[~tie].astype(np.uint8))
    assert (np.abs(found - exact)[tie] < 0.51).all()


@given(IMAGES, st.data(), st.sampled_from([float("nan"), float("inf"), float("-inf")]))
def test_one_bad_number_anywhere_is_always_found(
    image: np.ndarray[Any, Any], data: st.DataObject, value: float
) -> None:
    """However large the rest is; the count is of samples, not of pixels."""
    place = tuple(data.draw(st.integers(0, length - 1)) for length in image.shape)
    image[place] = value
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        x = torch.from_numpy(image.clip(-1e4, 1e4)).to(dtype)
        x[place] = value
        with pytest.raises(NotFinite, match=f"1 of {len(image)} samples"):
            to_uint8(x)
