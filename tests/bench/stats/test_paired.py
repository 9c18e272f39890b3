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
