"""Rates and their comparisons against SciPy, statsmodels and textbooks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference
from statsmodels.stats.contingency_tables import mcnemar

from bench import stats


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=50, deadline=None)
def test_wilson_is_scipys_wilson(rate: tuple[int, int]) -> None:
    k, n = rate
    theirs = reference.binomtest(k, n).proportion_ci(0.95, method="wilson")
    interval = stats.wilson(k, n)
    assert interval is not None
    assert interval == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert 0.0 <= interval[0] <= k / n <= interval[1] <= 1.0, "an interval of a rate holds it, within 0 and 1"


def test_wilson_of_two_in_five_and_of_nothing() -> None:
    assert stats.wilson(2, 5) == pytest.approx((0.12, 0.77), abs=0.005), "a figure known from the literature"
    assert stats.wilson(0, 0) is None, "no run, no rate"
    with pytest.raises(ValueError, match="no rate"):
        stats.wilson(3, 2)


outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=12)


@given(outcomes)
@settings(deadline=None, max_examples=60)
def test_paired_rates_are_tested_by_flipping_signs(
    pairs: list[tuple[bool, bool]],
) -> None:
    """McNemar's exact test is the binomial test of the discordant pairs, and the sign flip of 0, 1 and -1."""
    a, b = np.array(pairs, dtype=float).T
    p = stats.paired_rate_test(a, b)
    assert p == pytest.approx(stats.sign_flip(a - b), abs=1e-12)
    only_a, only_b = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    if only_a + only_b:
        assert p == pytest.approx(reference.binomtest(only_a, only_a + only_b, 0.5).pvalue, abs=1e-12)
    both = int((a * b).sum())
    table = [[both, only_a], [only_b, len(a) - both - only_a - only_b]]
    assert p == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-12)
    assert stats.paired_rate_test(b, a) == p and stats.paired_rate_test(1 - a, 1 - b) == p
    assert stats.paired_rate_test(a[::-1], b[::-1]) == p, "seeds have no order"


def test_what_is_unknown_on_one_side_is_left_out() -> None:
    nan = math.nan
    a, b = np.array([1.0, 1, 1, 1, 1, 1, nan, 0]), np.array([0.0, 0, 0, 0, 0, 0, 1, nan])
    assert stats.paired_rate_test(a, b) == pytest.approx(2 / 2**6)
    assert stats.paired_rate_test(np.array([nan]), np.array([1.0])) is None
    assert stats.paired_rate_test(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 1.0
    with pytest.raises(ValueError, match="aligned"):
        stats.paired_rate_test(a, b[1:])
    with pytest.raises(ValueError, match="unknown"):
        stats.paired_rate_test(np.array([0.5]), np.array([1.0]))


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "p"),
    [
        (3, 4, 1, 4, 0.4857),  # The lady tasting tea, in R's fisher.test
        (2, 17, 10, 13, 0.0005367),  # Convictions of twins (Fisher 1970), in R's fisher.test
        (0, 5, 3, 5, 0.1667),
    ],
)
def test_fishers_exact_test_on_textbook_tables(k1: int, n1: int, k2: int, n2: int, p: float) -> None:
    assert stats.fisher(k1, n1, k2, n2) == pytest.approx(p, rel=5e-4)
    assert stats.fisher(k2, n2, k1, n1) == pytest.approx(stats.fisher(k1, n1, k2, n2)), "neither is first"


def test_fishers_test_needs_runs_on_both_sides() -> None:
    assert stats.fisher(0, 0, 1, 2) is None and stats.fisher(1, 2, 0, 0) is None
    with pytest.raises(ValueError, match="3 of 2"):
        stats.fisher(3, 2, 0, 1)


def test_the_sign_test_is_the_binomial_test_of_a_fair_coin() -> None:
    """Eight of eight is one in 128; without any pair there is nothing against chance."""
    assert stats.sign_test(8, 0) == stats.sign_test(0, 8) == pytest.approx(1 / 128)
    assert stats.sign_test(0, 0) == 1.0
