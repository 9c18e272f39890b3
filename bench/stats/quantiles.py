"""Quantiles of distributions. SciPy is imported where it is used: it costs a second."""

from __future__ import annotations

from functools import cache


@cache
def t_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's t."""
    from scipy import special

    return float(special.stdtrit(freedom, probability))


@cache
def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal."""
    from scipy import special

    return float(special.ndtri(probability))
