"""Learning curves as numbers, against NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.curves import area

points = st.lists(st.tuples(st.integers(0, 10_000), st.floats(-1e3, 1e3)), min_size=2, max_size=20)


@given(points)
def test_the_area_is_numpys_trapezoids_over_the_span(curve: list[tuple[int, float]]) -> None:
    """Whatever the distances between the steps; and a constant score is its own average."""
    steps, scores = zip(*sorted(dict(curve).items()), strict=True)
    if len(steps) > 1:
        expected = np.trapezoid(scores, steps) / (steps[-1] - steps[0])
        assert area(steps, scores) == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert area(steps, [2.5] * len(steps)) == pytest.approx(2.5)


def test_the_ends_of_a_curve() -> None:
    """One point is its own average; what is missing has none."""
    assert area([10], [3.0]) == 3.0
    assert area([], []) is None
    assert area([0, 10], [1.0, None]) is None and area([0, 10], [math.nan, 1.0]) is None
