"""Intervals, tests and corrections against SciPy, textbooks and their own symmetries."""

from __future__ import annotations

import math
from itertools import pairwise

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


def test_pairs_with_a_missing_side_are_left_out_and_counted() -> None:
    nan = math.nan
    paired = stats.paired_difference(np.array([3.0, nan, 5.0, 1.0, nan]), np.array([1.0, 2.0, nan, 0.0, nan]))
    assert paired.differences.tolist() == [2.0, 1.0], "only seeds that both have are compared"
    assert paired.left_out == 3, "the others are counted, not forgotten"
    with pytest.raises(ValueError, match="aligned"):
        stats.paired_difference(np.zeros(2), np.zeros(3))


@given(samples, st.floats(-100, 100))
@settings(max_examples=30, deadline=None)
def test_a_paired_difference_forgets_what_both_sides_share(x: np.ndarray, shift: float) -> None:
    other = np.linspace(0.0, 1.0, len(x))
    plain, moved = stats.paired_difference(x, other), stats.paired_difference(x + shift, other + shift)
    assert moved.interval.mean == pytest.approx(plain.interval.mean, abs=1e-9)
    assert plain.interval.mean == pytest.approx(-stats.paired_difference(other, x).interval.mean, abs=1e-9)


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


@given(st.lists(finite, min_size=2, max_size=9).map(np.array))
@settings(max_examples=40, deadline=None)
def test_sign_flips_agree_with_scipys_exact_permutation_test(x: np.ndarray) -> None:
    # SciPy compares sums with a relative tolerance of its own; ours agrees except on accidental ties.
    theirs = reference.permutation_test(
        (x,),
        lambda values, axis: np.round(values.sum(axis=axis), 6),
        permutation_type="samples",
        vectorized=True,
    )
    assert stats.sign_flip(x) == pytest.approx(theirs.pvalue, abs=1e-12)
    assert stats.sign_flip(-3.0 * x) == stats.sign_flip(x), "unit and direction do not matter"


@pytest.mark.parametrize(
    ("n", "p"), [(1, 1.0), (3, 0.25), (4, 0.125), (5, 0.0625), (6, 0.03125), (10, 2 / 1024)]
)
def test_the_smallest_p_of_n_pairs(n: int, p: float) -> None:
    assert stats.sign_flip(np.arange(1.0, n + 1)) == p, "all differences of one sign give the smallest p"
    assert stats.smallest_p(n) == p


def test_many_pairs_draw_flips_from_the_generator_they_are_given() -> None:
    x = np.random.default_rng(3).normal(0.4, 1.0, 30)
    p = stats.sign_flip(x, np.random.default_rng(0))
    assert p == stats.sign_flip(x, np.random.default_rng(0)), "the same generator gives the same p"
    assert p == pytest.approx(reference.ttest_1samp(x, 0.0).pvalue, abs=0.02), "near the t test for normals"
    with pytest.raises(ValueError, match="generator"):
        stats.sign_flip(x)
    assert stats.sign_flip(np.array([])) is None


def test_holm_on_a_worked_example() -> None:
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([None, 0.04, None, 0.01]) == [None, 0.04, None, 0.02], (
        "what was not tested does not count"
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_helps_and_keeps_the_order(p: list[float]) -> None:
    adjusted = stats.holm(list(p))
    assert all(a is not None and b <= a <= min(1.0, len(p) * b) for a, b in zip(adjusted, p, strict=True))
    order = np.argsort(p, kind="stable")
    assert all(adjusted[i] <= adjusted[j] for i, j in pairwise(order))  # type: ignore[operator]


@pytest.mark.parametrize(("n", "effect"), [(3, 3.26), (5, 1.68), (10, 1.00), (20, 0.66)])
def test_the_detectable_effect_is_the_textbooks(n: int, effect: float) -> None:
    assert stats.detectable_effect(n) == pytest.approx(effect, abs=0.005)


def test_a_corrected_level_needs_a_larger_effect_and_one_seed_finds_none() -> None:
    assert stats.detectable_effect(5, alpha=0.05 / 15) == pytest.approx(3.51, abs=0.005)
    assert stats.detectable_effect(1) is None


@pytest.mark.parametrize("n", [2, 3, 6, 12, 40])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 15])
def test_an_effect_of_the_detectable_size_has_the_power_it_claims(n: int, alpha: float) -> None:
    effect = stats.detectable_effect(n, alpha=alpha)
    assert effect is not None
    critical = reference.t.isf(alpha / 2, n - 1)
    # The far tail is below 1e-4 here, and the very place where SciPy's noncentral t may give NaN.
    power = reference.nct.sf(critical, n - 1, effect * math.sqrt(n))
    assert power == pytest.approx(0.8, abs=1e-3)


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
