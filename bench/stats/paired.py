"""Comparisons of two arms, paired by seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bench.stats import arrays
from bench.stats.arrays import Array
from bench.stats.intervals import Interval, mean_interval, standard_error

EXACT_PAIRS = 20
"""Up to this many pairs every pattern of signs is counted."""
FLIPS = 100_000
"""Random patterns of signs beyond that."""


@dataclass(frozen=True)
class Paired:
    """Differences a - b of the seeds that both have."""

    interval: Interval
    differences: Array
    left_out: int
    """Seeds of which at least one side is missing."""

    @property
    def undecided(self) -> bool:
        """Whether the interval exists and covers 0."""
        low, high = self.interval.low, self.interval.high
        return low is not None and high is not None and low <= 0.0 <= high


def paired_difference(a: Array, b: Array, level: float = 0.95) -> Paired:
    """a - b where both are present. a, b: n values aligned by seed, NaN where missing.

    Raises ValueError if their lengths differ: they cannot be aligned then.
    """
    if a.shape != b.shape:
        raise ValueError(f"paired arrays must be aligned by seed: {a.shape} and {b.shape}")
    present = ~(np.isnan(a) | np.isnan(b))
    differences = a[present] - b[present]
    return Paired(mean_interval(differences, level), differences, int((~present).sum()))


def d_z(differences: Array) -> float | None:
    """Cohen's d_z: the mean of `differences` (n values, none missing) over their standard deviation.

    None for n < 2 and without spread, where it is 0/0 or infinite; a spread below a billionth of the mean
    is the rounding of equal differences, and counts as none.

    Source: Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, section 2.3.
    """
    error = standard_error(differences)
    if error is None:
        return None
    mean, spread = arrays.mean(differences), error * math.sqrt(len(differences))
    return None if spread <= 1e-9 * abs(mean) else mean / spread


def sign_flip(differences: Array, rng: np.random.Generator | None = None) -> float | None:
    """Two-sided p of "the differences are symmetric about 0"; None without any difference.

    The share of the patterns of signs whose mean is at least as far from 0 as the observed one. Exact up to
    EXACT_PAIRS pairs: all 2^n patterns count. Beyond that `rng` draws FLIPS patterns, and the observed one
    is counted with them, so that p is never 0 (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585). The
    order of the differences does not matter.

    Raises ValueError if more pairs come without `rng`.
    """
    n = len(differences)
    if n == 0:
        return None
    observed = abs(float(differences.sum()))
    # Sums of the same numbers in another order differ in the last digits.
    reach = observed - 1e-9 * float(np.abs(differences).sum())
    if n <= EXACT_PAIRS:
        sums = differences[:1].copy()  # The first sign stays: the other half of the patterns mirrors it.
        for difference in differences[1:]:
            sums = np.concatenate([sums + difference, sums - difference])
        return float((np.abs(sums) >= reach).mean())
    if rng is None:
        raise ValueError(f"{n} pairs are too many to enumerate: pass a generator")
    # Their order and signs must not show: the same random pattern falls on the same sizes.
    sizes, hits = np.sort(np.abs(differences)), 0
    for start in range(0, FLIPS, 10_000):
        signs = rng.integers(0, 2, size=(min(10_000, FLIPS - start), n)) * 2 - 1
        hits += int((np.abs(signs @ sizes) >= reach).sum())
    return (hits + 1) / (FLIPS + 1)


def smallest_p(n: int) -> float:
    """Smallest p that `sign_flip` can give with n pairs."""
    return min(1.0, 2.0 ** (1 - n)) if n <= EXACT_PAIRS else 1 / (FLIPS + 1)
