"""Intervals of means.

Student-t, because bootstrap intervals over three to ten seeds cover 75 to 91 % of what they claim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.stats import arrays
from bench.stats.arrays import Array
from bench.stats.quantiles import normal_quantile, t_quantile


@dataclass(frozen=True)
class Interval:
    """A mean and the interval around it. `low` and `high` are None where n does not allow one."""

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        """Distance from the mean to either end; None without an interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2.0

    @property
    def mirrored(self) -> Interval:
        """Of the number with the other sign."""
        low, high = self.low, self.high
        return Interval(-self.mean, None if high is None else -high, None if low is None else -low, self.n)


def mean_interval(x: Array, level: float = 0.95) -> Interval:
    """Mean of `x` (n values, none missing) and its Student-t interval; no interval for n < 2.

    Source: Student 1908, doi:10.1093/biomet/6.1.1.
    """
    n = len(x)
    if n == 0:
        return Interval(math.nan, None, None, 0)
    centre, error = arrays.mean(x), standard_error(x)
    if error is None:
        return Interval(centre, None, None, 1)
    half = t_quantile(0.5 + level / 2.0, n - 1) * error
    return Interval(centre, centre - half, centre + half, n)


def standard_error(x: Array) -> float | None:
    """Estimated standard deviation of the mean of `x` (n values, none missing); None for n < 2."""
    n = len(x)
    if n < 2:
        return None
    return math.sqrt(math.fsum(((x - arrays.mean(x)) ** 2).tolist()) / (n - 1)) / math.sqrt(n)


def difference_to(
    x: Array, mean: float, error: float | None = None, n: int | None = None, level: float = 0.95
) -> Interval:
    """The mean of `x` (n values, none missing) minus another mean, and Welch's interval of the difference.

    Args:
        x: Our values; without two of them there is no interval.
        mean: The other mean.
        error: Its standard error; without one it is taken as exact, and the interval is Student's.
        n: Values behind the other mean, at least 2; without it `error` is taken as known exactly.

    Source: Welch 1947, doi:10.1093/biomet/34.1-2.28; Satterthwaite 1946, doi:10.2307/3002019.
    """
    ours = standard_error(x)
    gap = arrays.mean(x) - mean if len(x) else math.nan
    if ours is None:
        return Interval(gap, None, None, len(x))
    theirs = error or 0.0
    whole = math.hypot(ours, theirs)
    if whole == 0.0:
        return Interval(gap, gap, gap, len(x))
    # Shares of the variance: the squares of the variances themselves would underflow first.
    share, rest = (ours / whole) ** 2, (theirs / whole) ** 2
    inverse = share**2 / (len(x) - 1) + (0.0 if n is None else rest**2 / (n - 1))
    quantile = 0.5 + level / 2.0
    half = whole * (t_quantile(quantile, 1.0 / inverse) if inverse else normal_quantile(quantile))
    return Interval(gap, gap - half, gap + half, len(x))
