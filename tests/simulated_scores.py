"""Scores whose truth is known: what tests/simulations.py draws."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bench.stats import Array

Rng = np.random.Generator


@dataclass(frozen=True)
class Shape:
    """A distribution of differences between two arms."""

    draw: Callable[[Rng, tuple[int, ...]], Array]
    mean: float
    """The truth that an interval is to cover."""


def _modes(lost: float) -> Callable[[Rng, tuple[int, ...]], Array]:
    """An arm that holds all 8 modes or none, minus one that always holds them."""
    return lambda rng, size: np.where(rng.random(size) < lost, -8.0, 0.0)


def _of_eight(rng: Rng, size: tuple[int, ...]) -> Array:
    """Numbers of modes, 0 to 8, of two arms: 70 % and 90 % of them on average."""
    return (rng.binomial(8, 0.7, size) - rng.binomial(8, 0.9, size)).astype(np.float64)


SHAPES = {
    "normal": Shape(lambda rng, size: rng.normal(1.0, 1.0, size), 1.0),
    "Student-t, 3 degrees of freedom": Shape(lambda rng, size: rng.standard_t(3, size), 0.0),
    "exponential": Shape(lambda rng, size: rng.exponential(1.0, size), 1.0),
    "lognormal, σ = 1": Shape(lambda rng, size: rng.lognormal(0.0, 1.0, size), math.exp(0.5)),
    "numbers of modes, 0 to 8": Shape(_of_eight, 8 * (0.7 - 0.9)),
    "8 modes or 0, half collapse": Shape(_modes(0.5), -4.0),
    "8 modes or 0, a tenth collapses": Shape(_modes(0.1), -0.8),
    "all the same": Shape(lambda rng, size: np.full(size, 2.0), 2.0),
}
"""Differences between two arms, of one seed each."""

SYMMETRIC = {
    "normal": SHAPES["normal"].draw,
    "Student-t, 3 degrees of freedom": SHAPES["Student-t, 3 degrees of freedom"].draw,
    "lognormal scores": lambda rng, size: rng.lognormal(size=size) - rng.lognormal(size=size),
    "numbers of modes, 0 to 8": lambda rng, size: (
        rng.binomial(8, 0.8, size) - rng.binomial(8, 0.8, size)
    ).astype(np.float64),
}
"""Differences of two arms that do not differ in truth (`normal` once its mean is taken off)."""
TIED = ("numbers of modes, 0 to 8",)
"""Those of `SYMMETRIC` that are not continuous."""

FID_SPREAD = 3.0 / (math.sqrt(2.0) * float(special.ndtri(0.5 / 0.6)))
"""Standard deviation of a run's FID for which an arm that is 3 FID better and fails in 40 % of its runs is
better in half of all pairs of runs."""


def gain_of_even(rate: float) -> float:
    """How much lower an arm's FID has to be that fails at `rate`, for it to win half of all pairs of runs."""
    return math.sqrt(2.0) * FID_SPREAD * float(special.ndtri(0.5 / (1.0 - rate)))


def chance_of_win(gain: float, rate: float) -> float:
    """Probability that a run that is `gain` better, but fails at `rate`, beats one that never fails."""
    return (1.0 - rate) * float(special.ndtr(gain / (math.sqrt(2.0) * FID_SPREAD)))


def fids(rng: Rng, n: int, gain: float, rate: float) -> tuple[Array, NDArray[np.bool_], Array]:
    """FIDs of n runs that fail at `rate` (NaN then), which of them failed, and FIDs of a baseline at 40."""
    failed = rng.random(n) < rate
    ours = np.where(failed, np.nan, rng.normal(40.0 - gain, FID_SPREAD, n))
    return ours, failed, rng.normal(40.0, FID_SPREAD, n)


def study(rng: Rng, arms: int, n: int, shape: str, effect: float = 0.0) -> Array:
    """Scores (arms + 1, n) of a baseline, in row 0, and arms like it; the last one is `effect` lower.

    What seeds have in common has standard deviation 2, what they have not 1 (so differences to the baseline
    have √2, and correlate by ½). Shapes: "normal" or "lognormal".
    """
    own = rng.normal(size=(arms + 1, n))
    if shape == "lognormal":
        own = np.exp(own) / math.sqrt((math.e - 1.0) * math.e)
    own[-1] -= effect
    return rng.normal(0.0, 2.0, n) + own


RESPONSES = ("alike", "alike, lognormal noise", "unlike to A", "unlike to A with B")
"""How seeds respond to the factors of `factorial`: all in the same way, or each in its own."""


def factorial(rng: Rng, levels: tuple[int, ...], n: int, response: str) -> Array:
    """Scores (*levels, n) of factors A, B, ... of which none has an effect, on average over seeds.

    Seeds differ by a standard deviation of 2, cells of a seed by 1, and so do responses that are unlike.
    """
    noise = rng.lognormal(size=(*levels, n)) if "lognormal" in response else rng.normal(size=(*levels, n))
    y = noise + rng.normal(0.0, 2.0, n)
    if response == "unlike to A":
        y = y + rng.normal(0.0, 1.0, (levels[0], *(1 for _ in levels[1:]), n))
    if response == "unlike to A with B":
        y = y + rng.normal(0.0, 1.0, (*levels[:2], *(1 for _ in levels[2:]), n))
    return y
