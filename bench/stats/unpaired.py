"""Comparisons of two arms that share no seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from bench.stats import arrays
from bench.stats.arrays import Array
from bench.stats.intervals import Interval, difference_to, standard_error

_RESAMPLES = 20_000
"""Divisions of the values over both sides: up to eight on eight, all of them are counted."""


@dataclass(frozen=True)
class Unpaired:
    """The difference of two means, a - b."""

    interval: Interval
    """Welch's; n is the number of values of the side that has fewer."""
    p: float | None
    """Two-sided, of Welch's t test; None with fewer than two values of either, or without any spread."""


def unpaired_difference(a: Array, b: Array, level: float = 0.95) -> Unpaired:
    """The mean of `a` minus that of `b` (n_a and n_b values, none missing), variances not taken as equal.

    Source: Welch 1947, doi:10.1093/biomet/34.1-2.28; scipy.stats.ttest_ind_from_stats.
    """
    from scipy import stats

    n = min(len(a), len(b))
    if n == 0:
        return Unpaired(Interval(math.nan, None, None, 0), None)
    ours, theirs = standard_error(a), standard_error(b)
    if ours is None or theirs is None:
        return Unpaired(Interval(arrays.mean(a) - arrays.mean(b), None, None, n), None)
    interval = replace(difference_to(a, arrays.mean(b), theirs, len(b), level), n=n)
    if ours == theirs == 0.0:
        return Unpaired(interval, None)
    deviations = ours * math.sqrt(len(a)), theirs * math.sqrt(len(b))
    test = stats.ttest_ind_from_stats(
        arrays.mean(a), deviations[0], len(a), arrays.mean(b), deviations[1], len(b), equal_var=False
    )
    return Unpaired(interval, float(test.pvalue))


def unpaired_ranks(a: Array, b: Array, rng: np.random.Generator) -> float | None:
    """Two-sided p of "runs of a and b are alike", by the ranks of all of them: Mann and Whitney's U.

    Exact by permutation, ties and all, up to 20,000 divisions of the values; as many random ones beyond.
    Means of survivors would reward an arm for failing; ranks with failures last do not.

    Args:
        a: Outcomes of one side as `bench.stats.endpoint` gives them, failures infinite; none missing.
        b: Those of the other.
        rng: What divisions are drawn with. The order of the values does not matter.

    Returns None with fewer than two values of either.

    Source: Mann and Whitney 1947, doi:10.1214/aoms/1177730491; scipy.stats.mannwhitneyu.
    """
    from scipy import stats

    if min(len(a), len(b)) < 2:
        return None
    # In one order, whatever order they came in: so the generator's draws fall on the same runs.
    first, second = sorted((np.sort(a), np.sort(b)), key=lambda x: x.tolist())
    # Ranks are finite where failures are not.
    ranks = stats.rankdata(np.concatenate([first, second]))
    method = stats.PermutationMethod(n_resamples=_RESAMPLES, rng=rng)
    return float(stats.mannwhitneyu(ranks[: len(first)], ranks[len(first) :], method=method).pvalue)
