"""Results of one arm over several data sets (strata), in which failed runs stay.

Source: Agarwal et al. 2021, arXiv:2108.13264, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.stats.arrays import Array
from bench.stats.bootstrap import REPS, counts, ends
from bench.stats.intervals import Interval
from bench.stats.ranks import endpoint
from bench.stats.robust import stratified_iqm


def normalised(scores: Array, zero: float, one: float) -> Array:
    """`scores` on a scale that data sets share: 0 at the score `zero` (say, the baseline's mean), 1 at `one`
    (say, the oracle's). More is better, whatever the direction of the scores was.

    Raises ValueError where the two are equal: there is no scale between them.
    """
    if zero == one:
        raise ValueError(f"both ends of the scale are {zero}")
    return (scores - zero) / (one - zero)


@dataclass(frozen=True)
class Profile:
    """Share of runs at least as good as each threshold."""

    thresholds: Array
    share: Array
    """At each threshold: the mean over data sets of the share of their runs. Empty without any run."""
    low: Array | None
    """Lower end of the pointwise band; None where a data set has only one run."""
    high: Array | None
    n: int
    """Runs of all data sets."""


def profile(
    scores: list[Array],
    failed: list[NDArray[np.bool_]],
    thresholds: Array,
    direction: str,
    rng: np.random.Generator,
    *,
    reps: int = REPS,
    level: float = 0.95,
) -> Profile:
    """The performance profile of one arm, with a stratified bootstrap band.

    Args:
        scores: One array of runs' scores a data set, NaN where there is none. Their scales must be one
            (see `normalised`). Runs without score that did not fail are left out.
        failed: Of the same shapes: which runs failed. They never reach a threshold.
        thresholds: Scores, in any order.
        direction: "lower" or "higher": which scores are better.
        rng: What the resamples are drawn with, within each data set.
        reps: Resamples.
        level: Share that the band is to cover at each threshold.

    Raises ValueError as `endpoint` does.
    """
    strata = _outcomes(scores, failed, direction)
    n = sum(map(len, strata))
    if not strata:
        return Profile(thresholds, np.empty(0), None, None, 0)
    bars = thresholds if direction == "lower" else -thresholds
    # A failure is infinite, and does not reach an infinite threshold either.
    reached = [((x[:, None] <= bars) & (x[:, None] < np.inf)).astype(np.float64) for x in strata]
    share = np.mean([hits.mean(axis=0) for hits in reached], axis=0)
    if min(map(len, strata)) < 2:
        return Profile(thresholds, share, None, None, n)
    resampled = sum(counts(rng, len(hits), reps) @ hits / len(hits) for hits in reached) / len(reached)
    low, high = ends(np.asarray(resampled), level)
    return Profile(thresholds, share, low, high, n)


def across(
    scores: list[Array],
    failed: list[NDArray[np.bool_]],
    direction: str,
    rng: np.random.Generator,
    *,
    reps: int = REPS,
    level: float = 0.95,
) -> Interval:
    """Interquartile mean of one arm's runs on all data sets, with its stratified bootstrap interval.

    A failed run is infinitely bad. The interquartile mean leaves out the worst quarter of all runs, so it is
    finite while no more than that failed, and so is each end of the interval.

    Arguments and errors as for `profile`; the interval as for `stratified_iqm`.
    """
    found = stratified_iqm(_outcomes(scores, failed, direction), rng, reps, level)
    return found if direction == "lower" else found.mirrored


def _outcomes(scores: list[Array], failed: list[NDArray[np.bool_]], direction: str) -> list[Array]:
    """Endpoints of the runs that have one, in an order that is theirs; data sets without any left out."""
    found = [endpoint(x, bad, direction) for x, bad in zip(scores, failed, strict=True)]
    known = [np.sort(x[~np.isnan(x)]) for x in found]
    return sorted((x for x in known if len(x)), key=lambda x: x.tolist())
