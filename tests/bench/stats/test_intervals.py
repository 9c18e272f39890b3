"""Intervals of means against SciPy, textbooks and their own symmetries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from bench import stats

finite = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
samples = st.lists(finite, min_size=2, max_size=12).map(np.array)


@given(samples)
@settings(max_examples=50, deadline=None)
def test_the_interval_is_scipys_t_interval(x: np.ndarray) -> None:
    ours = stats.mean_interval(x)
    if np.ptp(x) == 0:
        assert ours.low == ours.mean == ours.high, "without spread the interval is a point"
        return
    theirs = reference.ttest_1samp(x, 0.0).confidence_interval(0.95)
    assert ours.low == pytest.approx(theirs.low, rel=1e-9, abs=1e-9)
    assert ours.high == pytest.approx(theirs.high, rel=1e-9, abs=1e-9)


@given(samples, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_seeds_does_not_show_in_the_last_digit(x: np.ndarray, random: object) -> None:
    shuffled = x.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert stats.mean_interval(shuffled) == stats.mean_interval(x), "a mean has no order"


def test_one_value_has_a_mean_and_no_interval() -> None:
    assert stats.mean_interval(np.array([3.0])) == stats.Interval(3.0, None, None, 1)
    assert stats.mean_interval(np.array([3.0])).half_width is None
    empty = stats.mean_interval(np.array([]))
    assert empty.n == 0 and math.isnan(empty.mean), "no value has no mean"


errors = st.floats(1e-3, 1e3)


@given(samples, finite, errors, st.integers(2, 50))
@settings(max_examples=50, deadline=None)
def test_the_difference_to_a_published_mean_is_welchs(
    x: np.ndarray, mean: float, error: float, n: int
) -> None:
    """SciPy's Welch test from summary statistics: its p crosses .05 exactly where our interval meets 0."""
    gap = stats.difference_to(x, mean, error, n)
    assert gap.mean == pytest.approx(x.mean() - mean, abs=1e-9)
    for end, side in ((gap.low, "low"), (gap.high, "high")):
        assert end is not None
        found = reference.ttest_ind_from_stats(
            x.mean() - end, x.std(ddof=1), len(x), mean, error * math.sqrt(n), n, equal_var=False
        )
        assert found.pvalue == pytest.approx(0.05, rel=1e-6), side


@given(samples, finite)
@settings(max_examples=50, deadline=None)
def test_a_mean_without_an_error_is_taken_as_exact(x: np.ndarray, mean: float) -> None:
    """The interval is that of our own mean, moved."""
    gap, own = stats.difference_to(x, mean), stats.mean_interval(x)
    assert own.low is not None and own.high is not None
    assert gap.low == pytest.approx(own.low - mean, abs=1e-9)
    assert gap.high == pytest.approx(own.high - mean, abs=1e-9)


def test_the_ends_of_welchs_interval() -> None:
    """No spread anywhere is a point; spread on one side alone counts that side's values alone."""
    same = np.full(3, 8.0)
    assert stats.difference_to(same, 8.0) == stats.Interval(0.0, 0.0, 0.0, 3)
    theirs = stats.difference_to(same, 7.9, 0.1, 10)
    assert theirs.half_width == pytest.approx(0.1 * reference.t.ppf(0.975, 9))
    known = stats.difference_to(same, 7.9, 0.1)
    assert known.half_width == pytest.approx(0.1 * reference.norm.ppf(0.975)), "no n: the error is known"
    assert stats.difference_to(np.array([1.0]), 0.0, 0.1, 5) == stats.Interval(1.0, None, None, 1)
    empty = stats.difference_to(np.array([]), 0.0)
    assert empty.n == 0 and empty.low is None and math.isnan(empty.mean)


def test_a_mirrored_interval_is_that_of_the_mirrored_values() -> None:
    """Its ends change places; what is not there stays away."""
    x = np.array([1.0, 2.0, 4.0])
    assert stats.mean_interval(x).mirrored == stats.mean_interval(-x)
    assert stats.mean_interval(x[:1]).mirrored == stats.mean_interval(-x[:1])
