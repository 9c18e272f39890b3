"""Percentile bootstrap: what every resampled interval here shares.

Source: Efron 1979, doi:10.1214/aos/1176344552.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.stats.arrays import Array

REPS = 5000
"""Resamples behind an interval."""


def draws(rng: np.random.Generator, n: int, reps: int = REPS) -> NDArray[np.int64]:
    """Indices of `reps` resamples of n values, drawn with replacement: shape (reps, n)."""
    return rng.integers(0, n, size=(reps, n))


def counts(rng: np.random.Generator, n: int, reps: int = REPS) -> Array:
    """How often each of n values is in each of `reps` resamples: shape (reps, n), rows sum to n."""
    return rng.multinomial(n, np.full(n, 1.0 / n), size=reps).astype(np.float64)


def ends(values: Array, level: float = 0.95) -> tuple[Array, Array]:
    """Lower and upper end, along the first axis, of the middle `level` of the resampled values.

    Both are values that occurred: infinite ones are not mixed with others, and the ends of -values are
    those of `values` mirrored.
    """
    ordered = np.sort(values, axis=0)
    outside = int((1.0 - level) / 2.0 * len(values))
    return ordered[outside], ordered[len(values) - 1 - outside]
