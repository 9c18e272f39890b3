"""How much of the spread between runs is training, and how much is the noise of scoring."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bench.stats import arrays
from bench.stats.arrays import Array
from bench.stats.intervals import standard_error


@dataclass(frozen=True)
class Noise:
    """Components of the spread of final scores, as standard deviations in the score's unit."""

    evaluation: float | None
    """Between scores of one trained state on fresh samples; None if no run measured it."""
    seeds: float | None
    """Between training seeds, without the noise of scoring; None with fewer than two runs or without
    `evaluation`, for the two cannot be told apart then."""
    share: float | None
    """Evaluation's share of the sum of both variances, in [0, 1]: what more samples a score would remove.
    None if either is None or both are 0."""


def components(finals: Array, noise: Array) -> Noise:
    """The two components of variance of the final scores of one arm's runs.

    The one-way random-effects ANOVA (method of moments) estimator: the variance between runs is the sum of
    both components, so the seeds' is what is left of it after the mean of the runs' own variances. Where
    less than nothing is left, 0 is reported: over few runs `seeds` is often 0 by chance, and the mean of
    such estimates lies above the truth.

    Args:
        finals: Final score of each of n runs, NaN where missing.
        noise: Standard deviation (divisor k - 1) of each run's final score over k fresh sets of samples of
            its last state, NaN where missing. It must be about scores like those in `finals`: where these
            are themselves means over k sets, give the standard error.

    Raises ValueError if their lengths differ.

    Source: Searle, Casella and McCulloch 1992, Variance Components, chapter 3, Wiley.
    """
    if finals.shape != noise.shape:
        raise ValueError(f"scores and their noise must be of the same runs: {finals.shape} and {noise.shape}")
    known, measured = finals[~np.isnan(finals)], noise[~np.isnan(noise)]
    if not len(measured):
        return Noise(None, None, None)
    within = arrays.mean(measured**2)
    error = standard_error(known)
    if error is None:
        return Noise(math.sqrt(within), None, None)
    between = max(0.0, error**2 * len(known) - within)
    whole = within + between
    return Noise(math.sqrt(within), math.sqrt(between), within / whole if whole else None)
