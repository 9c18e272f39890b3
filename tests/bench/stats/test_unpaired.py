"""Welch's test, as SciPy has it; and what there is to say of too few values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.stats.unpaired import unpaired_difference, unpaired_ranks

VALUES = st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=2, max_size=8)


@settings(deadline=None, max_examples=50)
@given(a=VALUES, b=VALUES)
def test_it_is_scipys_welch_test(a: list[float], b: list[float]) -> None:
    """Interval and p, whatever the sizes and spreads."""
    if np.ptp(a) < 0.01 or np.ptp(b) < 0.01:
        return
    found = unpaired_difference(np.array(a), np.array(b))
    theirs = stats.ttest_ind(a, b, equal_var=False)
    assert found.p == pytest.approx(theirs.pvalue)
    ends = theirs.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((ends.low, ends.high))


def test_too_little_to_test() -> None:
    """No value: nothing; one value: a difference without an interval; no spread: no test."""
    two = np.array([1.0, 3.0])
    nothing = unpaired_difference(np.array([]), two)
    assert math.isnan(nothing.interval.mean) and nothing.interval.n == 0 and nothing.p is None
    one = unpaired_difference(np.array([5.0]), two)
    assert (one.interval.mean, one.interval.low, one.interval.n, one.p) == (3.0, None, 1, None)
    flat = unpaired_difference(np.array([5.0, 5.0]), np.array([3.0, 3.0, 3.0]))
    assert (flat.interval.mean, flat.interval.low, flat.interval.high, flat.p) == (2.0, 2.0, 2.0, None)


def test_ranks_without_pairs_are_tested_exactly() -> None:
    """As SciPy's exact distribution of U has it where there are no ties, whatever order the values are in."""
    a, b = np.array([1.0, 4.0, 6.0, 7.0]), np.array([2.0, 8.0, 9.0, 10.0, 11.0])
    exact = stats.mannwhitneyu(a, b, method="exact").pvalue
    for first, second in ((a, b), (a[::-1], b[::-1]), (b, a)):
        assert unpaired_ranks(first, second, np.random.default_rng(0)) == pytest.approx(exact)
    assert unpaired_ranks(a[:1], b, np.random.default_rng(0)) is None


def test_failures_are_ties_at_the_worst_rank() -> None:
    """Three of three fail, and none of three: of 20 divisions one is as extreme on either side, p = .1."""
    failing, fine = np.full(3, np.inf), np.array([1.0, 2.0, 3.0])
    assert unpaired_ranks(failing, fine, np.random.default_rng(0)) == pytest.approx(0.1)
    assert unpaired_ranks(failing, failing, np.random.default_rng(0)) == 1.0
