"""Floats to bytes: where a wrong cast would turn a broken run into a plausible score."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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
