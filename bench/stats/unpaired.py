"""Comparisons of two arms that share no seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bench.stats import arrays
from bench.stats.arrays import Array
from bench.stats.intervals import Interval, difference_to, standard_error


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
