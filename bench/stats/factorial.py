"""Seed-blocked analysis of variance of a complete factorial design, and its contrasts.

Every seed is a block that holds each cell once. Such a design is orthogonal: the sums of squares are those of
marginal means, whatever the order of the effects (types I, II and III agree), and no formula has to name a
factor. What is neither a main effect, nor a two-way interaction, nor a seed is the residual.

Source: Montgomery, Design and Analysis of Experiments, chapter 5 (factorial designs; blocking in them).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from bench.stats.arrays import Array, mean
from bench.stats.corrections import holm
from bench.stats.intervals import Interval, mean_interval, standard_error
from bench.stats.paired import smallest_p

_DUST = 64 * float(np.finfo(np.float64).eps)
"""Relative to the largest score: differences below it are the rounding of means, not of the seeds."""
_MOST_RESIDUALS = 5000
"""SciPy's p of the Shapiro-Wilk test holds up to here."""


@dataclass(frozen=True)
class Effect:
    """One line of the table: a main effect or a two-way interaction."""

    axes: tuple[int, ...]
    """Which factors: one, or two that interact."""
    freedom: int
    """Degrees of freedom."""
    squares: float
    """Sum of squares."""
    f: float | None
    """None where nothing is left to compare with: the residual is exactly 0."""
    p: float
    """Of F; without F, 1 for no effect, else the smallest that a sign-flip test can give."""
    p_holm: float
    """Corrected for all effects of the table."""
    partial_eta_squared: float
    """The share of effect and residual that is the effect's; 0 where both are 0."""


@dataclass(frozen=True)
class Anova:
    """What the variance of the scores is due to."""

    effects: tuple[Effect, ...]
    """Main effects in the order of the factors, then interactions."""
    seed_freedom: int
    seed_squares: float
    """Of the blocks: how much seeds differ over the whole design."""
    freedom: int
    """Degrees of freedom of the residual, at least 1."""
    squares: float
    """Sum of squares of the residual."""
    residuals: Array
    """Of the shape of the scores."""


@dataclass(frozen=True)
class Estimate:
    """A contrast: one number a seed, and what they say together."""

    interval: Interval
    """Student-t over seeds: whatever the cells of one seed share, no seed counts twice."""
    p: float
    """Of the t test against 0; of seeds that all agree exactly, the smallest of a sign-flip test."""

    @property
    def covers_zero(self) -> bool:
        """Whether the interval has 0 in it, or there is no interval."""
        low, high = self.interval.low, self.interval.high
        return low is None or high is None or low <= 0.0 <= high


@dataclass(frozen=True)
class Normality:
    """Whether the residuals look normal, and whether their logarithm's would more."""

    p: float
    """Shapiro and Wilk 1965, doi:10.2307/2333709, of the residuals."""
    p_log: float | None
    """The same on the log scale; None unless every score is above 0."""


def anova(y: Array, interactions: bool = True) -> Anova:
    """Analysis of variance of scores.

    Args:
        y: Finite scores of shape (levels of factor 1, ..., levels of factor k, seeds), every size at least 2.
        interactions: Whether two-way interactions are effects; else they are residual.

    Raises:
        ValueError: `y` is not such an array.
    """
    if y.ndim < 2 or min(y.shape) < 2 or not np.isfinite(y).all():
        raise ValueError(f"scores must be finite, with two levels a factor and two seeds: shape {y.shape}")
    factors, seeds = range(y.ndim - 1), y.shape[-1]
    by_seed = y.mean(axis=tuple(factors))
    left = y - by_seed  # of mean 0 in every seed
    parts: dict[tuple[int, ...], Array] = {}
    for axis in factors:
        parts[axis,] = _mean(left, (axis,))
    if interactions:
        for one, other in combinations(factors, 2):
            parts[one, other] = _mean(left, (one, other)) - parts[one,] - parts[other,]
    residuals = left
    for part in parts.values():
        residuals = residuals - part
    dust = y.size * (_DUST * float(np.abs(y).max())) ** 2
    squares = {
        axes: _clean(float(np.broadcast_to(part**2, y.shape).sum()), dust) for axes, part in parts.items()
    }
    freedom = {axes: math.prod(y.shape[axis] - 1 for axis in axes) for axes in parts}
    residual = _clean(float((residuals**2).sum()), dust)
    rest = y.size - seeds - sum(freedom.values())
    tests = {axes: _test(squares[axes], freedom[axes], residual, rest, seeds) for axes in parts}
    corrected = holm([p for _, p in tests.values()])
    effects = [
        Effect(axes, freedom[axes], squares[axes], f, p, adjusted or 0.0, _share(squares[axes], residual))
        for (axes, (f, p)), adjusted in zip(tests.items(), corrected, strict=True)
    ]
    of_seeds = y.size / seeds * float(((by_seed - by_seed.mean()) ** 2).sum())
    return Anova(tuple(effects), seeds - 1, of_seeds, rest, residual, residuals)


def marginal(y: Array, *axes: int) -> Array:
    """Means over all factors but these: shape (levels of each of `axes` in their order, seeds).

    Their differences, seed by seed, are the contrasts: between two levels of one factor its main effect, at
    one level of a second factor a simple effect, between two levels of that the interaction.
    """
    last = y.ndim - 1
    kept = sorted(axes)
    means = y.mean(axis=tuple(axis for axis in range(last) if axis not in kept))
    order = [kept.index(axis) for axis in axes]
    return np.asarray(np.transpose(means, (*order, len(kept))), dtype=np.float64)


def estimate(x: Array, scale: float = 0.0, level: float = 0.95) -> Estimate:
    """Mean of a contrast with its interval and p. x: one value a seed, at least two.

    Args:
        x: The contrast.
        scale: Largest absolute score that it is made of: what it could not resolve counts as nothing.
        level: Confidence of the interval.

    Raises:
        ValueError: Fewer than two seeds.
    """
    n = len(x)
    if n < 2:
        raise ValueError("an interval over seeds takes two of them")
    dust = _DUST * max(scale, float(np.abs(x).max()))
    if float(np.ptp(x)) <= dust:
        same = mean(x) if abs(mean(x)) > dust else 0.0
        return Estimate(Interval(same, same, same, n), smallest_p(n) if same else 1.0)
    from scipy import special

    error = standard_error(x)
    assert error is not None
    t = abs(mean(x)) / error
    return Estimate(mean_interval(x, level), float(2.0 * special.stdtr(n - 1, -t)))


def normality(y: Array, interactions: bool = True) -> Normality | None:
    """How normal the residuals of `anova(y, interactions)` look.

    None where that cannot be told: no residual variance, fewer than 3 degrees of freedom, over 5000 scores.
    """
    raw = _shapiro(anova(y, interactions))
    if raw is None:
        return None
    return Normality(raw, _shapiro(anova(np.log(y), interactions)) if float(y.min()) > 0.0 else None)


def ranks(y: Array) -> Array:
    """Ranks within each seed over all cells, 1 for the lowest, ties at their mean. y: as for `anova`.

    Infinite scores, which stand for failed runs, are tied last: no run has to be left out.
    Source: Conover and Iman 1981, The American Statistician 35:124 (ranks within blocks, RT-2).
    """
    from scipy.stats import rankdata

    flat = rankdata(y.reshape(-1, y.shape[-1]), axis=0)
    return np.asarray(flat, dtype=np.float64).reshape(y.shape)


def _mean(x: Array, axes: tuple[int, ...]) -> Array:
    """Means over everything but `axes`, in a shape that fits `x`."""
    rest = tuple(axis for axis in range(x.ndim) if axis not in axes)
    return np.asarray(x.mean(axis=rest, keepdims=True), dtype=np.float64)


def _clean(squares: float, dust: float) -> float:
    return squares if squares > dust else 0.0


def _share(squares: float, residual: float) -> float:
    return squares / (squares + residual) if squares else 0.0


def _test(squares: float, freedom: int, residual: float, rest: int, seeds: int) -> tuple[float | None, float]:
    """F and p of one effect."""
    if residual == 0.0:
        # Where every seed says the same, whatever relabels a seed's levels breaks the agreement: at most one
        # relabelling in 2^(seeds - 1) shows an effect as large.
        return None, smallest_p(seeds) if squares else 1.0
    from scipy import special

    f = (squares / freedom) / (residual / rest)
    return f, float(special.fdtrc(freedom, rest, f))


def _shapiro(found: Anova) -> float | None:
    if found.squares == 0.0 or found.freedom < 3 or found.residuals.size > _MOST_RESIDUALS:
        return None
    from scipy import stats

    # Residuals of two levels alone are one another's negatives: half of them say everything.
    said = found.residuals[0] if found.residuals.shape[:-1] == (2,) else found.residuals
    return float(stats.shapiro(said.ravel()).pvalue)
