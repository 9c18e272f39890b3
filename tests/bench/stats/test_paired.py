"""Paired comparisons against SciPy and their own symmetries."""

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


SLEEP = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
"""Additional hours slept, one drug less the other: Student 1908, doi:10.1093/biomet/6.1.1; R's `sleep`."""


def test_the_standardised_effect_of_students_sleep_data() -> None:
    """R's paired test has t = 4.0621 with 9 degrees of freedom; d_z is t over the root of n."""
    assert stats.d_z(SLEEP) == pytest.approx(4.0621 / math.sqrt(10), abs=1e-5)


@given(samples, st.floats(0.1, 100.0))
@settings(max_examples=40, deadline=None)
def test_a_standardised_effect_has_no_unit(x: np.ndarray, unit: float) -> None:
    found = stats.d_z(x)
    if np.ptp(x) == 0.0:
        assert found is None, "without spread there is nothing to standardise by"
        return
    assert found is not None
    assert found * math.sqrt(len(x)) == pytest.approx(reference.ttest_1samp(x, 0.0).statistic, abs=1e-9)
    assert stats.d_z(unit * x) == pytest.approx(found, abs=1e-9)
    assert stats.d_z(-x) == pytest.approx(-found, abs=1e-9)


def test_no_effect_can_be_standardised_without_spread() -> None:
    assert stats.d_z(np.array([])) is None and stats.d_z(np.array([2.0])) is None
    assert stats.d_z(np.zeros(4)) is None
    assert stats.d_z(np.array([0.3 - 0.2, 0.2 - 0.1, 0.4 - 0.3])) is None, "rounding is no spread"


@given(st.lists(finite, min_size=21, max_size=25), st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_a_drawn_p_does_not_know_the_order_of_seeds(values: list[float], random: object) -> None:
    first = stats.sign_flip(np.array(values), np.random.default_rng(0))
    random.shuffle(values)  # type: ignore[attr-defined]
    assert stats.sign_flip(np.array(values), np.random.default_rng(0)) == first
    assert stats.sign_flip(-2.0 * np.array(values), np.random.default_rng(0)) == first


def test_twenty_pairs_are_enumerated() -> None:
    """Equal differences make the number of flipped signs binomial: an exact p of 2^20 patterns is known."""
    x = np.r_[np.ones(15), -np.ones(5)]
    assert stats.sign_flip(x) == pytest.approx(reference.binomtest(5, 20).pvalue, abs=1e-15)
    drawn = stats.sign_flip(np.r_[x, 1.0, -1.0], np.random.default_rng(0))
    assert drawn == pytest.approx(reference.binomtest(6, 22).pvalue, abs=0.003), "22 are drawn"
