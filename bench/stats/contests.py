"""What a sign-flip test of two arms is about where some of their runs have failed.

Differences of scores are differences of survivors: an arm that fails 40 % of the time and is otherwise 3 FID
better would be called better in most studies of 16 seeds, although it wins but half of all seeds (measured:
docs/statistics.md). Who is first in each seed, failures last, keeps the test's level.
"""

from __future__ import annotations

import numpy as np

from bench.stats.arrays import Array


def contests(gaps: Array, ours: Array, theirs: Array) -> Array:
    """The differences of comparisons without failures; of the others, who is first in each seed.

    Args:
        gaps: (n_comparisons, n_seeds) differences of scores, NaN where either side has none.
        ours: Of the same shape, or one that broadcasts to it: one side, as `endpoint` gives it.
        theirs: The other side.

    Returns an array of the shape of `gaps`: in rows with a failure 1 where ours is better, -1 where theirs
    is, 0 where neither is, and NaN where either is still pending.
    """
    ours, theirs = np.broadcast_to(ours, gaps.shape), np.broadcast_to(theirs, gaps.shape)
    pending = np.isnan(ours) | np.isnan(theirs)
    first = np.where(pending, np.nan, (ours < theirs).astype(float) - (ours > theirs))
    failed = (np.isinf(ours) | np.isinf(theirs)) & ~pending
    return np.where(failed.any(axis=-1, keepdims=True), first, gaps)
