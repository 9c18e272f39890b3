"""Shares of runs."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from bench.stats.arrays import Array
from bench.stats.quantiles import normal_quantile


def wilson(k: int, n: int, level: float = 0.95) -> tuple[float, float] | None:
    """Interval of a rate k/n; None for n = 0.

    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    if n == 0:
        return None
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no rate")
    z = normal_quantile(0.5 + level / 2.0)
    rate = k / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    # At k = 0 and k = n one end is exactly 0 or 1, which rounding would miss by a hair.
    return (0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half)


@cache
def sign_test(one: int, other: int) -> float:
    """Exact two-sided p of as many pairs in favour of one side, and of the other; 1 without any.

    Cached because thousands of comparisons have the same few counts.

    Source: Dixon and Mood 1946, doi:10.1080/01621459.1946.10501898.
    """
    from scipy import stats

    return float(stats.binomtest(one, one + other).pvalue) if one + other else 1.0


def paired_rate_test(a: Array, b: Array) -> float | None:
    """Exact two-sided p of "both arms have the same rate", paired by seed: McNemar's exact test.

    Only seeds where the two differ tell anything: under the hypothesis each is as likely to be one way as
    the other (binomial). Equal to `sign_flip` of the differences.

    Args:
        a: 1.0 where the seed's run has the property, 0.0 where not, NaN where unknown.
        b: The same seeds of the other arm.

    Returns None if no seed is known on both sides; 1.0 if the two never differ.

    Raises ValueError if the lengths differ or a value is none of these.

    Source: McNemar 1947, doi:10.1007/BF02295996.
    """
    if a.shape != b.shape:
        raise ValueError(f"paired arrays must be aligned by seed: {a.shape} and {b.shape}")
    present = ~(np.isnan(a) | np.isnan(b))
    ours, theirs = a[present], b[present]
    if not np.isin(np.concatenate([ours, theirs]), (0.0, 1.0)).all():
        raise ValueError("a run has a property (1), has it not (0), or is unknown (NaN)")
    if not len(ours):
        return None
    only_a, only_b = int((ours > theirs).sum()), int((ours < theirs).sum())
    return sign_test(only_a, only_b)


def fisher(k1: int, n1: int, k2: int, n2: int) -> float | None:
    """Exact two-sided p of "both rates, k1 of n1 and k2 of n2, are the same", for arms without common seeds.

    None if either n is 0. Raises ValueError where k of n is no rate.

    Source: Fisher 1935, The Design of Experiments, chapter 2; scipy.stats.fisher_exact.
    """
    from scipy import stats

    for k, n in ((k1, n1), (k2, n2)):
        if not 0 <= k <= n:
            raise ValueError(f"{k} of {n} is no rate")
    if n1 == 0 or n2 == 0:
        return None
    return float(stats.fisher_exact(np.array([[k1, n1 - k1], [k2, n2 - k2]])).pvalue)
