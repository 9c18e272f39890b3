"""Robust centres against SciPy and resamples counted out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from bench import stats

finite = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
samples = st.lists(finite, min_size=1, max_size=15)
several = st.lists(st.lists(finite, min_size=2, max_size=6), min_size=1, max_size=4)


def slow_iqm(values: list[float]) -> float:
    """The definition: throw away the smallest and the largest, a quarter of the values each."""
    left = list(values)
    for _ in range(int(0.25 * len(values))):
        left.remove(min(left))
        left.remove(max(left))
    return sum(left) / len(left)


@given(samples)
@settings(deadline=None, max_examples=60)
def test_the_interquartile_mean_is_scipys_and_the_definitions(values: list[float]) -> None:
    x = np.array(values)
    assert stats.iqm(x) == pytest.approx(reference.trim_mean(x, 0.25), abs=1e-9)
    assert stats.iqm(x) == pytest.approx(slow_iqm(values), abs=1e-9)
    assert stats.median(x) == float(np.median(x))


@given(samples, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_centres_have_no_order_and_move_with_their_values(values: list[float], random: object) -> None:
    x = np.array(values)
    random.shuffle(values)  # type: ignore[attr-defined]
    for centre in (stats.iqm, stats.median):
        plain = centre(x)
        assert plain is not None
        assert centre(np.array(values)) == plain
        assert centre(-x) == -plain
        assert centre(x + 16.0) == pytest.approx(plain + 16.0, abs=1e-9)


def test_a_quarter_of_the_runs_may_be_anything() -> None:
    x = np.arange(8.0)
    wild = np.r_[x[:-2], 1e9, math.inf]
    assert stats.iqm(wild) == stats.iqm(x) == 3.5
    assert stats.iqm(np.array([])) is None and stats.median(np.array([])) is None


def test_the_interval_is_that_of_all_resamples_counted_out() -> None:
    """Three runs of one stratum and two of another have 27 times 4 resamples, all equally likely."""
    first, second = [1.0, 4.0, 9.0], [20.0, 30.0]
    every = sorted(
        slow_iqm([*one, *two])
        for one in itertools.product(first, repeat=3)
        for two in itertools.product(second, repeat=2)
    )
    rng = np.random.default_rng(0)
    found = stats.stratified_iqm([np.array(first), np.array(second)], rng, reps=20_000, level=0.8)
    assert found.mean == pytest.approx(slow_iqm([*first, *second])) and found.n == 5
    for end, quantile in ((found.low, 0.1), (found.high, 0.9)):
        around = np.quantile(every, [quantile - 0.01, quantile + 0.01], method="inverted_cdf")
        assert end is not None and around[0] - 1e-9 <= end <= around[1] + 1e-9


@given(several, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=20)
def test_neither_runs_nor_strata_have_an_order(strata: list[list[float]], random: object) -> None:
    def interval(scale: float = 1.0) -> stats.Interval:
        arrays = [scale * np.array(x) for x in strata]
        return stats.stratified_iqm(arrays, np.random.default_rng(7), reps=200)

    first = interval()
    for x in (*strata, strata):
        random.shuffle(x)  # type: ignore[attr-defined]
    assert interval() == first
    assert first.low is not None and first.high is not None and first.low <= first.high


def test_runs_are_drawn_within_their_stratum() -> None:
    """Two strata far apart with no spread inside: every resample is the same."""
    strata = [np.full(4, 1.0), np.full(4, 1000.0)]
    found = stats.stratified_iqm(strata, np.random.default_rng(0))
    assert found == stats.Interval(500.5, 500.5, 500.5, 8)


def test_a_stratum_of_one_run_has_no_known_spread() -> None:
    rng = np.random.default_rng(0)
    assert stats.stratified_iqm([np.array([1.0, 2.0]), np.array([4.0])], rng).low is None
    empty = stats.stratified_iqm([np.array([])], rng)
    assert math.isnan(empty.mean) and empty.n == 0 and empty.low is None


def test_with_many_strata_the_interval_covers_what_it_claims() -> None:
    """Normal scores on ten data sets of five runs each: the true centre of symmetric strata is known."""
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(300):
        found = stats.stratified_iqm(list(rng.normal(size=(10, 5))), rng, reps=400)
        assert found.low is not None and found.high is not None
        hits += found.low <= 0.0 <= found.high
    assert 0.88 <= hits / 300 <= 0.98
