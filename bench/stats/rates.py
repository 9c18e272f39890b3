"""Shares of runs."""

from __future__ import annotations

import math

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
