"""What is tested of two arms when runs fail."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.stats import endpoint, sign_flip
from bench.stats.contests import contests

scores = arrays(np.float64, (2, 8), elements=st.integers(-5, 5).map(float))
broken = arrays(np.bool_, (2, 8))


@given(scores)
def test_without_failures_differences_are_tested(pair: np.ndarray) -> None:
    """As they are, whatever the endpoints say besides."""
    none = np.zeros_like(pair, dtype=bool)
    gaps = pair[:1] - pair[1:]
    assert np.array_equal(contests(gaps, *endpoint(pair, none, "lower")), gaps)


@given(scores, broken, st.sampled_from(["lower", "higher"]))
def test_a_failure_is_worse_than_every_score(pair: np.ndarray, failed: np.ndarray, direction: str) -> None:
    """Seed by seed: the side that did not fail is first; of two failures neither; else the better score."""
    failed[0, 0] = True
    sign = 1.0 if direction == "lower" else -1.0
    found = contests(pair[:1] - pair[1:], *endpoint(pair, failed, direction))[0]
    for seed, told in enumerate(found):
        if failed[:, seed].any():
            expected = float(failed[1, seed]) - float(failed[0, seed])
        else:
            expected = np.sign(sign * (pair[1, seed] - pair[0, seed]))
        assert told == expected


@given(scores, broken)
def test_what_a_failed_run_had_scored_does_not_matter(pair: np.ndarray, failed: np.ndarray) -> None:
    """A score that nobody counts changes no p-value."""
    failed[0, 0] = True
    wild = np.where(failed, 1e6, pair)
    one, other = (
        contests(values[:1] - values[1:], *endpoint(values, failed, "lower")) for values in (pair, wild)
    )
    assert np.array_equal(one, other)


def test_pending_seeds_are_left_out() -> None:
    """They have no outcome yet, good or bad."""
    ours, theirs = np.array([[np.inf, np.nan, 1.0]]), np.array([[1.0, 1.0, np.nan]])
    assert np.array_equal(contests(ours - theirs, ours, theirs), [[-1.0, np.nan, np.nan]], equal_nan=True)


def test_an_arm_does_not_gain_by_failing_where_it_is_bad() -> None:
    """An arm that fails 40 % of the time and is otherwise better is called better by chance alone."""
    rng = np.random.default_rng(0)
    called, survivors = 0, 0
    for _ in range(400):
        pair = rng.normal(40.0, 2.0, (2, 12)) - np.array([[3.0], [0.0]])
        failed = np.stack([rng.random(12) < 0.4, np.zeros(12, dtype=bool)])
        gaps = np.where(failed.any(axis=0), np.nan, pair[0] - pair[1])[None]
        tested = contests(gaps, *endpoint(pair, failed, "lower"))[0]
        p, naive = sign_flip(tested), sign_flip(gaps[0][~np.isnan(gaps[0])])
        called += bool(p is not None and p <= 0.05 and tested.sum() > 0)
        survivors += bool(naive is not None and naive <= 0.05 and np.nansum(gaps) < 0)
    assert called <= 0.06 * 400 < survivors, "the test of survivors alone is fooled"
