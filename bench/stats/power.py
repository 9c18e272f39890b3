"""What a number of seeds can show at all."""

from __future__ import annotations

import math
from functools import cache

from bench.stats.quantiles import t_quantile


@cache
def detectable_effect(n: int, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """Smallest paired effect d_z (mean difference / its standard deviation) a two-sided t test finds.

    None for n < 2: nothing can be found. Source: Cohen 1988, section 2.3, with the noncentral t.
    """
    from scipy import integrate, optimize, special

    if n < 2:
        return None
    critical = t_quantile(1.0 - alpha / 2.0, n - 1)

    def excess(effect: float) -> float:
        shift = effect * math.sqrt(n)

        def rejects(u: float) -> float:
            # Given the estimated deviation (its quantile u, in units of the true one), the mean is normal.
            bar = critical * math.sqrt(2.0 * special.gammaincinv((n - 1) / 2.0, u) / (n - 1))
            return float(special.ndtr(shift - bar) + special.ndtr(-shift - bar))

        # The noncentral t as its mixture: scipy.stats.nct gives NaN at the few degrees of freedom we have.
        return float(integrate.quad(rejects, 0.0, 1.0, limit=200)[0]) - power

    high = 1.0
    while excess(high) < 0.0:
        high *= 2.0
    return float(optimize.brentq(excess, 0.0, high, xtol=1e-6))
