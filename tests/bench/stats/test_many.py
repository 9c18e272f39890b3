"""Thousands of comparisons at once give what each gives alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats import FLIPS, Array, d_z, improvement, iqm, mean_interval, median, sign_flip
from bench.stats.many import improvements, samples, sign_flips

SEEDS = st.integers(0, 2**32 - 1)


def scores(rng: np.random.Generator, arms: int, n: int, ties: bool = False) -> Array:
    """Scores with a tenth missing; with ties, whole numbers."""
    found = rng.normal(size=(arms, n)).round(0 if ties else 8)
    found[rng.random(found.shape) < 0.1] = math.nan
    return found


@settings(deadline=None, max_examples=15)
@given(SEEDS, st.integers(0, 16), st.booleans())
def test_every_row_has_the_p_of_its_own_test(seed: int, n: int, ties: bool) -> None:
    """Whatever the other rows are; beyond 12 pairs by two halves; ties and zeros count as they do there."""
    rows = scores(np.random.default_rng(seed), 4, n, ties)
    alone = [sign_flip(row[~np.isnan(row)]) for row in rows]
    assert sign_flips(rows, np.random.default_rng(0)) == alone


def test_no_difference_at_all_is_no_evidence() -> None:
    """p is 1 by every way of counting."""
    for n in (5, 15, 25):
        assert sign_flips(np.zeros((2, n)), np.random.default_rng(0)) == [1.0, 1.0]
    assert sign_flips(np.full((1, 5), math.nan), np.random.default_rng(0)) == [None]


def test_all_of_one_sign_has_the_smallest_p() -> None:
    """2 of 2^n patterns are as extreme; of drawn ones only the observed one is counted for sure."""
    for n in (6, 12, 13, 20):
        rows = np.random.default_rng(n).uniform(1.0, 2.0, size=(3, n))
        assert sign_flips(rows, np.random.default_rng(0)) == [2.0 ** (1 - n)] * 3
    (p,) = sign_flips(np.full((1, 40), 1.0), np.random.default_rng(0))
    assert p == pytest.approx(1 / (FLIPS + 1))


def test_beyond_twenty_pairs_the_same_patterns_are_drawn() -> None:
    """Those that the test of one row draws; the generator is left as it was."""
    rows, rng = np.random.default_rng(3).normal(0.3, 1.0, size=(3, 23)), np.random.default_rng(0)
    rows[1, 0] = math.nan
    alone = [sign_flip(row[~np.isnan(row)], np.random.default_rng(0)) for row in rows]
    assert sign_flips(rows, rng) == alone == sign_flips(rows, rng)


@settings(deadline=None, max_examples=15)
@given(SEEDS, st.integers(1, 12), st.sampled_from(["lower", "higher"]), st.booleans())
def test_every_row_has_the_improvement_of_its_own(seed: int, n: int, direction: str, ties: bool) -> None:
    """Probability, both ends and n, with failures and missing runs on both sides."""
    rng = np.random.default_rng(seed)
    a, b = scores(rng, 3, n, ties), scores(rng, 1, n, ties)[0]
    lost, lost_b = rng.random(a.shape) < 0.2, rng.random(n) < 0.2
    together = improvements(a, lost, b, lost_b, direction, np.random.default_rng(0))
    for row, failed, found in zip(a, lost, together, strict=True):
        alone = improvement(row, failed, b, lost_b, direction, np.random.default_rng(0))
        assert repr(found) == repr(alone)


def test_two_hundred_seeds_do_not_overflow() -> None:
    """Numbers of wins are counted in integers that hold them."""
    rng = np.random.default_rng(0)
    a, b, no = rng.normal(size=(1, 200)), rng.normal(1.0, 1.0, size=200), np.zeros(200, dtype=bool)
    (found,) = improvements(a, no[None], b, no, "lower", np.random.default_rng(0))
    assert repr(found) == repr(improvement(a[0], no, b, no, "lower", np.random.default_rng(0)))


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(0, 9), st.booleans())
def test_every_row_has_the_centres_of_its_own(seed: int, n: int, ties: bool) -> None:
    """Interval, median and interquartile mean to the last digit, deviation and d_z nearly so."""
    rows = scores(np.random.default_rng(seed), 4, n, ties)
    for row, found in zip(rows, samples(rows), strict=True):
        known = row[~np.isnan(row)]
        assert repr(found.interval) == repr(mean_interval(known))
        assert (found.median, found.iqm) == (median(known), iqm(known))
        effect = d_z(known)
        assert found.d_z == (None if effect is None else pytest.approx(effect))
        if len(known) > 1:
            assert found.deviation == pytest.approx(known.std(ddof=1))
        else:
            assert found.deviation is None
