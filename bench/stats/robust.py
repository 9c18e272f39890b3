"""Centres that a few extreme runs do not move."""

from __future__ import annotations

import numpy as np

from bench.stats import arrays
from bench.stats.arrays import Array
from bench.stats.bootstrap import REPS, draws, ends
from bench.stats.intervals import Interval


def median(x: Array) -> float | None:
    """Median of `x` (n values, none missing); None for n = 0."""
    return float(np.median(x)) if len(x) else None


def iqm(x: Array) -> float | None:
    """Interquartile mean of `x` (n values, none missing): of what is left without the int(n / 4) values at
    either end. None for n = 0.

    Equal to scipy.stats.trim_mean(x, 0.25), but for the last digit, in which the order of `x` does not show
    here. Source: Agarwal et al. 2021, arXiv:2108.13264.
    """
    return arrays.mean(_middle(np.sort(x))) if len(x) else None


def stratified_iqm(
    scores: list[Array], rng: np.random.Generator, reps: int = REPS, level: float = 0.95
) -> Interval:
    """Interquartile mean of all runs of all strata together, with its percentile bootstrap interval.

    Runs are drawn anew within each stratum, so the interval is about other seeds on the same strata (data
    sets), not about other data sets. It is for many runs in all: over one stratum of three to ten runs it
    covers far less than it claims.

    Args:
        scores: One array of runs' scores (none missing) a stratum; empty ones are left out.
        rng: What the resamples are drawn with.
        reps: Resamples.
        level: Share that the interval is to cover.

    Returns the interval with n the runs of all strata; without ends where a stratum has only one run, for
    its spread is unknown. The order of strata and runs does not matter.

    Source: Agarwal et al. 2021, arXiv:2108.13264, section 4.
    """
    # In one order, whatever order they came in: the generator's draws fall on the same runs.
    strata = sorted((np.sort(x) for x in scores if len(x)), key=lambda x: x.tolist())
    if not strata:
        return Interval(float("nan"), None, None, 0)
    pooled = np.sort(np.concatenate(strata))
    centre = arrays.mean(_middle(pooled))
    if min(map(len, strata)) < 2:
        return Interval(centre, None, None, len(pooled))
    resampled = np.concatenate([x[draws(rng, len(x), reps)] for x in strata], axis=1)
    low, high = ends(_middle(np.sort(resampled, axis=1)).mean(axis=1), level)
    return Interval(centre, float(low), float(high), len(pooled))


def _middle(ordered: Array) -> Array:
    n = ordered.shape[-1]
    return ordered[..., n // 4 : n - n // 4]
