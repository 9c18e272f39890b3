"""The tests of one comparison for thousands at once: equal numbers, computed together.

A table of a thousand arms and a dozen outputs asks the same questions ten thousand times, about arrays of
equal length. What is drawn depends on the length alone, and is drawn once for all of one length.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.stats.arrays import Array
from bench.stats.bootstrap import REPS, counts
from bench.stats.intervals import Interval
from bench.stats.paired import EXACT_PAIRS, FLIPS
from bench.stats.quantiles import t_quantile
from bench.stats.ranks import Improvement, endpoint

_TOGETHER = 12
"""Up to this many pairs all patterns of signs of many comparisons are one product of matrices."""
_CHUNK = 512
"""Comparisons in one such product."""


@dataclass(frozen=True)
class Sample:
    """One row's values in numbers, as the functions of one row give them."""

    interval: Interval
    """`mean_interval`."""
    deviation: float | None
    """Standard deviation (divisor n - 1); None for fewer than two values."""
    median: float | None
    iqm: float | None

    @property
    def d_z(self) -> float | None:
        """`bench.stats.d_z`."""
        if self.deviation is None or self.deviation <= 1e-9 * abs(self.interval.mean):
            return None
        return self.interval.mean / self.deviation


def samples(rows: Array, level: float = 0.95) -> list[Sample]:
    """Mean with Student-t interval, deviation, median and interquartile mean of every row.

    Args:
        rows: (n_arms, n_seeds), NaN where there is no value.
        level: Share that the intervals are to cover.
    """
    # On short rows plain floats are several times as fast as arrays.
    return [_sample([x for x in row if x == x], level) for row in rows.tolist()]


def _sample(values: list[float], level: float) -> Sample:
    n = len(values)
    if n == 0:
        return Sample(Interval(math.nan, None, None, 0), None, None, None)
    ordered = sorted(values)
    centre = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2.0 if n % 2 == 0 else ordered[n // 2]
    middle = ordered[n // 4 : n - n // 4]
    mean, iqm = math.fsum(values) / n, math.fsum(middle) / len(middle)
    if n == 1:
        return Sample(Interval(mean, None, None, 1), None, centre, iqm)
    gaps = [x - mean for x in values]
    deviation = math.sqrt(math.fsum([gap * gap for gap in gaps]) / (n - 1))
    half = t_quantile(0.5 + level / 2.0, n - 1) * (deviation / math.sqrt(n))
    return Sample(Interval(mean, mean - half, mean + half, n), deviation, centre, iqm)


def sign_flips(differences: Array, rng: np.random.Generator) -> list[float | None]:
    """`bench.stats.sign_flip` of every row.

    Args:
        differences: (n_comparisons, n_seeds), NaN where a seed has no difference.
        rng: What patterns are drawn with beyond EXACT_PAIRS pairs. It is copied, not advanced: each row gets
            what it would get alone, whatever the other rows are.

    Returns two-sided p, one a row; None for a row without any difference.
    """
    found: list[float | None] = [None] * len(differences)
    lengths = (~np.isnan(differences)).sum(axis=1)
    for n in np.unique(lengths).tolist():
        (rows,) = np.nonzero(lengths == n)
        block = differences[rows]
        block = block[~np.isnan(block)].reshape(len(rows), n)
        if n == 0:
            continue
        if n <= _TOGETHER:
            p = _exact(block)
        elif n <= EXACT_PAIRS:
            p = _halved(block)
        else:
            p = _drawn(block, copy.deepcopy(rng))
        for row, value in zip(rows.tolist(), p.tolist(), strict=True):
            found[row] = value
    return found


def _reach(block: Array) -> Array:
    """How far from 0 a sum must be to count: sums in another order differ in the last digits."""
    reach: Array = np.abs(block.sum(axis=1)) - 1e-9 * np.abs(block).sum(axis=1)
    return reach


def _signs(n: int, patterns: int) -> Array:
    """The first `patterns` of all patterns of n signs: shape (patterns, n)."""
    bits: Array = (np.arange(patterns)[:, None] >> np.arange(n) & 1).astype(np.float64)
    return 1.0 - 2.0 * bits


def _exact(block: Array) -> Array:
    n = block.shape[1]
    # The last sign stays: the other half of the patterns mirrors it.
    signs, reach = _signs(n, 2 ** (n - 1)), _reach(block)
    parts = []
    for start in range(0, len(block), _CHUNK):
        piece = slice(start, start + _CHUNK)
        parts.append((np.abs(signs @ block[piece].T) >= reach[piece]).mean(axis=0))
    return np.concatenate(parts)


def _halved(block: Array) -> Array:
    """The same count from two halves: each sum of one is looked up among the sorted sums of the other.

    Source: Horowitz and Sahni 1974, Journal of the ACM 21:277 (the idea of the two halves).
    """
    n = block.shape[1]
    half = n // 2
    left = np.sort(block[:, half:] @ _signs(n - half, 2 ** (n - half - 1)).T, axis=1)  # The last sign stays.
    right = np.sort(block[:, :half] @ _signs(half, 2**half).T, axis=1)
    found = np.ones(len(block))
    for row, reach in enumerate(_reach(block).tolist()):
        if reach > 0.0:  # Else every pattern counts.
            # The sums of the right half are symmetric: as many lie below -x as above x.
            near = np.searchsorted(right[row], reach + left[row]).sum()
            near += np.searchsorted(right[row], reach - left[row, ::-1]).sum()
            found[row] = 2.0 - float(near) / (right.shape[1] * left.shape[1])
    return found


def _drawn(block: Array, rng: np.random.Generator) -> Array:
    sizes, reach = np.sort(np.abs(block), axis=1).T, _reach(block)
    hits = np.zeros(len(block), dtype=np.int64)
    for start in range(0, FLIPS, 10_000):
        signs = rng.integers(0, 2, size=(min(10_000, FLIPS - start), len(sizes))) * 2.0 - 1.0
        for at in range(0, len(block), _CHUNK):
            piece = slice(at, at + _CHUNK)
            hits[piece] += (np.abs(signs @ sizes[:, piece]) >= reach[piece]).sum(axis=0)
    return (hits + 1) / (FLIPS + 1)


def improvements(
    a: Array,
    failed_a: NDArray[np.bool_],
    b: Array,
    failed_b: NDArray[np.bool_],
    direction: str,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
) -> list[Improvement]:
    """`bench.stats.improvement`, paired by seed, of every row of `a` over `b`.

    Args:
        a: (n_arms, n_seeds) scores, NaN where there is none.
        failed_a: Of the same shape: which runs failed, whatever their score.
        b: (n_seeds,) scores of the arm that they are compared with.
        failed_b: (n_seeds,)
        direction: "lower" or "higher": which scores are better.
        rng: What the resamples are drawn with; copied, not advanced, as in `sign_flips`.
        level: Share that the intervals are to cover.

    Raises ValueError if shapes differ that must not, or for another direction.

    Source: Agarwal et al. 2021, arXiv:2108.13264, section 4.3.
    """
    ours = endpoint(a, failed_a, direction)
    theirs = np.broadcast_to(endpoint(b, failed_b, direction), ours.shape)
    missing = np.isnan(ours) | np.isnan(theirs)
    lengths = (~missing).sum(axis=1)
    found = [Improvement(Interval(math.nan, None, None, 0), ours.shape[1])] * len(ours)
    for n in np.unique(lengths).tolist():
        if n == 0:
            continue
        (rows,) = np.nonzero(lengths == n)
        kept = ~missing[rows]
        first, second = (whole[rows][kept].reshape(len(rows), n) for whole in (ours, theirs))
        order = np.lexsort((second, first), axis=1)
        first, second = (np.take_along_axis(whole, order, axis=1) for whole in (first, second))
        drawn = counts(copy.deepcopy(rng), n, REPS)
        intervals = _bootstrapped(first, second, drawn, level)
        for row, interval in zip(rows.tolist(), intervals, strict=True):
            found[row] = Improvement(interval, ours.shape[1] - n)
    return found


def _bootstrapped(first: Array, second: Array, drawn: Array, level: float) -> list[Interval]:
    """Probability and interval of every row of `first` and `second` (n_arms, n), drawn (REPS, n)."""
    n = first.shape[1]
    wins = (first[:, :, None] < second[:, None, :]) + 0.5 * (first[:, :, None] == second[:, None, :])
    means = wins.mean(axis=(1, 2))
    certain = (n < 2) | (wins.min(axis=(1, 2)) == wins.max(axis=(1, 2)))
    # Both runs of a seed are drawn together: the win of i over j counts as often as that of j over i.
    upper = np.triu_indices(n)
    weights = np.where(upper[0] == upper[1], 1.0, 2.0)
    # Twice the wins are whole numbers below 2^24: exact in single precision and in any order of summing,
    # and as short integers they are sorted ten times as fast.
    pairs = (drawn[:, upper[0]] * drawn[:, upper[1]] * weights).astype(np.float32).T
    both = (wins + wins.transpose(0, 2, 1))[:, upper[0], upper[1]].astype(np.float32)
    kind = np.uint16 if 2 * n * n < 2**16 else np.int32
    intervals = [Interval(float(mean), None, None, n) for mean in means]
    outside = int((1.0 - level) / 2.0 * REPS)
    (open_,) = np.nonzero(~certain)
    for start in range(0, len(open_), _CHUNK):
        rows = open_[start : start + _CHUNK]
        ordered = np.sort((both[rows] @ pairs).astype(kind), axis=1)[:, [outside, REPS - 1 - outside]]
        for row, (low, high) in zip(rows.tolist(), (ordered / (2 * n * n)).tolist(), strict=True):
            intervals[row] = Interval(float(means[row]), low, high, n)
    return intervals
