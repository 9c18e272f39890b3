"""Scores over training against arithmetic by hand and NumPy."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import stats

finite = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
curves = st.dictionaries(st.integers(0, 10_000), finite, min_size=2, max_size=12)


def test_the_area_of_a_triangle_over_its_base() -> None:
    assert stats.area([0, 10], [0.0, 8.0]) == 4.0, "half the height"
    assert stats.area([100, 200, 400], [3.0, 3.0, 0.0]) == pytest.approx((300.0 + 300.0) / 300.0)
    assert stats.area([500], [2.5]) == 2.5, "one score is its own average"


@given(curves)
@settings(deadline=None, max_examples=50)
def test_the_area_is_numpys_over_the_span(curve: dict[int, float]) -> None:
    steps = sorted(curve)
    scores = [curve[step] for step in steps]
    theirs = float(np.trapezoid(scores, steps)) / (steps[-1] - steps[0])
    assert stats.area(steps, scores) == pytest.approx(theirs, abs=1e-9)


@given(curves, st.floats(-100, 100), st.integers(1, 50))
@settings(deadline=None, max_examples=50)
def test_the_area_is_in_the_scores_unit(curve: dict[int, float], shift: float, stretch: int) -> None:
    steps = sorted(curve)
    plain = stats.area(steps, [curve[step] for step in steps])
    assert plain is not None
    moved = stats.area([7 + stretch * step for step in steps], [curve[step] + shift for step in steps])
    assert moved == pytest.approx(plain + shift, abs=1e-9), "steps' unit and origin do not matter"
    assert min(curve.values()) - 1e-9 <= plain <= max(curve.values()) + 1e-9, "an average is inside"


@pytest.mark.parametrize("hole", [None, math.nan, math.inf])
def test_a_hole_in_the_curve_leaves_no_area(hole: float | None) -> None:
    assert stats.area([1, 2, 3], [1.0, hole, 3.0]) is None, "to skip it would flatter a run that diverged"
    assert stats.area([1], [hole]) is None
    assert stats.area([], []) is None


@pytest.mark.parametrize(("steps", "scores"), [([1, 2], [1.0]), ([2, 1], [1.0, 2.0]), ([1, 1], [1.0, 2.0])])
def test_what_is_no_curve_is_an_error(steps: list[float], scores: list[float | None]) -> None:
    with pytest.raises(ValueError, match="steps"):
        stats.area(steps, scores)


def test_a_band_is_the_interval_of_the_runs_that_have_a_value_there() -> None:
    nan = math.nan
    runs = [[(0, 1.0), (5, 4.0)], [(0, 2.0), (5, nan)], [(0, 6.0), (5, 6.0), (9, 1.0)], []]
    band = stats.band(runs)
    assert list(band) == [0, 5, 9], "in the order of steps"
    assert band[0] == stats.mean_interval(np.array([1.0, 2.0, 6.0]))
    assert band[5] == stats.mean_interval(np.array([4.0, 6.0])), "a NaN is no value"
    assert band[9] == stats.Interval(1.0, None, None, 1), "one survivor has no interval"
    assert stats.band([]) == {}
    assert stats.band(runs[::-1]) == band, "runs have no order"
    assert stats.band([[(3, 1.0), (3, 2.0)]])[3].mean == 2.0, "what a resumed run scored again counts once"


def test_the_driver_does_not_pay_for_scipy() -> None:
    program = "import sys, bench.stats as s; s.area([0, 1], [0.0, 1.0]); sys.exit('scipy' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
