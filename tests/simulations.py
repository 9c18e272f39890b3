"""How often the statistics of `bench.stats` are right, measured on scores whose truth is known.

Every function draws with the generator it is given and asks the project's own functions, as a report does;
nothing of them is written down a second time. Rates of discrete outcomes are added up exactly instead.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy import stats
from simulated_scores import SHAPES, SYMMETRIC, Rng, chance_of_win, fids

from bench.stats import (
    Array,
    components,
    detectable_effect,
    improvement,
    mean_interval,
    paired_difference,
    paired_rate_test,
    sign_flip,
    stratified_iqm,
    wilson,
)

ALPHA = 0.05
RESAMPLES = 1000
"""Of a bootstrap that is simulated; reports draw 5000."""


@dataclass(frozen=True)
class Share:
    """How many of so many simulations."""

    hits: int
    of: int

    @property
    def rate(self) -> float:
        """The share."""
        return self.hits / self.of

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Clopper and Pearson's exact interval: it misses the true rate once in 10,000 at most."""
        ends = stats.binomtest(self.hits, self.of).proportion_ci(0.9999, method="exact")
        return float(ends.low), float(ends.high)


@dataclass(frozen=True)
class Coverage:
    """Of an interval."""

    covers: Share
    width: float
    """On average."""


def t_coverage(shape: str, n: int, reps: int, rng: Rng) -> Coverage:
    """Of the interval of a paired difference, as in every table, over n seeds."""
    truth = SHAPES[shape].mean
    differences = SHAPES[shape].draw(rng, (reps, n))
    # Whole numbers: adding them leaves equal differences equal.
    baseline = rng.integers(0, 40, (reps, n)).astype(np.float64)
    hits, widths = 0, []
    for ours, theirs in zip(baseline + differences, baseline, strict=True):
        interval = paired_difference(ours, theirs).interval
        assert interval.low is not None and interval.high is not None
        hits += interval.low <= truth <= interval.high
        widths.append(interval.high - interval.low)
    return Coverage(Share(hits, reps), math.fsum(widths) / reps)


def bootstrap_coverage(shape: str, n: int, reps: int, rng: Rng) -> dict[str, Coverage]:
    """Of SciPy's percentile and BCa bootstrap of the same mean: what is not used, and why."""
    truth = SHAPES[shape].mean
    hits = {"percentile": 0, "BCa": 0}
    widths = {"percentile": 0.0, "BCa": 0.0}
    for start in range(0, reps, 500):
        x = SHAPES[shape].draw(rng, (min(500, reps - start), n))
        drawn = stats.bootstrap((x,), np.mean, n_resamples=RESAMPLES, axis=-1, method="percentile", rng=rng)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", stats.DegenerateDataWarning)
            better = stats.bootstrap(
                (x,), np.mean, n_resamples=0, axis=-1, method="BCa", bootstrap_result=drawn, rng=rng
            )
        for name, found in (("percentile", drawn), ("BCa", better)):
            # Of equal values BCa gives no interval; a point is what the others give.
            same = np.ptp(x, axis=-1) == 0.0
            low = np.where(same, x[:, 0], found.confidence_interval.low)
            high = np.where(same, x[:, 0], found.confidence_interval.high)
            hits[name] += int(((low <= truth) & (truth <= high)).sum())
            widths[name] += float((high - low).sum())
    return {name: Coverage(Share(hits[name], reps), widths[name] / reps) for name in hits}


def null_p(shape: str, n: int, reps: int, rng: Rng) -> Array:
    """p-values of the sign-flip test of differences that are symmetric about 0."""
    differences = SYMMETRIC[shape](rng, (reps, n)) - (1.0 if shape == "normal" else 0.0)
    return np.array([sign_flip(x, rng) for x in differences])


def skewed_p(shape: str, n: int, reps: int, rng: Rng) -> Array:
    """The same of differences of mean 0 that are not symmetric: not the hypothesis that the test is about."""
    differences = SHAPES[shape].draw(rng, (reps, n)) - SHAPES[shape].mean
    return np.array([sign_flip(x, rng) for x in differences])


def uniformity(p: Array, n: int) -> tuple[float, float]:
    """Of p-values of n pairs: p of chi-square against equal chances for all values that the test can give;
    and by how much the share of p-values up to a value exceeds the value, at most."""
    steps = 2 ** (n - 1)
    counted = np.bincount(np.rint(p * steps).astype(np.int64), minlength=steps + 1)[1:]
    excess = np.cumsum(counted) / len(p) - np.arange(1, steps + 1) / steps
    return float(stats.chisquare(counted).pvalue), float(excess.max())


def wilson_coverage(n: int, rate: float) -> tuple[float, float]:
    """Exact coverage of Wilson's interval of a true rate; and of Wald's, the rate ± 1.96 standard errors."""
    ours = theirs = 0.0
    for k, chance in enumerate(stats.binom.pmf(np.arange(n + 1), n, rate)):
        low, high = wilson(k, n) or (0.0, 0.0)
        ours += chance * (low <= rate <= high)
        half = 1.96 * math.sqrt(k / n * (1.0 - k / n) / n)
        theirs += chance * (k / n - half <= rate <= k / n + half)
    return float(ours), float(theirs)


def rate_test(n: int, only_a: float, only_b: float) -> float:
    """Exact chance that the paired test of two rates has p <= ALPHA over n seeds.

    only_a, only_b: chances that a seed's run has the property in the one arm and not in the other.
    """
    found = _significant(n)
    chances = [only_a, only_b, max(0.0, 1.0 - only_a - only_b)]
    return float(np.sum(stats.multinomial.pmf(found, n, chances))) if found else 0.0


@cache
def _significant(n: int) -> list[tuple[int, int, int]]:
    """Seeds that have it in the one arm only, in the other only, or alike in both: where p <= ALPHA."""
    found = []
    for k in range(n + 1):
        for other in range(n + 1 - k):
            a, b = np.zeros(n), np.zeros(n)
            a[:k], b[k : k + other] = 1.0, 1.0
            p = paired_rate_test(a, b)
            if p is not None and p <= ALPHA:
                found.append((k, other, n - k - other))
    return found


def improvement_coverage(n: int, gain: float, rate: float, reps: int, rng: Rng) -> tuple[Share, Share]:
    """Of the interval of the probability of improvement, where there is one; and how often there is none."""
    truth = chance_of_win(gain, rate)
    sound = np.zeros(n, dtype=np.bool_)
    hits = given = 0
    for _ in range(reps):
        ours, failed, theirs = fids(rng, n, gain, rate)
        found = improvement(ours, failed, theirs, sound, "lower", rng, reps=RESAMPLES).interval
        if found.low is not None and found.high is not None:
            given += 1
            hits += found.low <= truth <= found.high
    return Share(hits, given), Share(reps - given, reps)


@dataclass(frozen=True)
class Recovered:
    """Estimates of two components of noise, over many studies."""

    evaluation: float
    """Square root of the mean variance."""
    seeds: float
    median_seeds: float
    none: Share
    """Studies in which no noise of seeds was left."""


def noise(seeds: float, evaluation: float, n: int, sets: int, reps: int, rng: Rng) -> Recovered:
    """Of runs whose last state is scored on `sets` sample sets; the first of them is the final score."""
    found = []
    for _ in range(reps):
        scores = rng.normal(30.0, seeds, (n, 1)) + rng.normal(0.0, evaluation, (n, sets))
        noted = components(scores[:, 0], scores.std(axis=1, ddof=1))
        assert noted.evaluation is not None and noted.seeds is not None
        found.append((noted.evaluation, noted.seeds))
    within, between = np.array(found).T
    squares = [math.sqrt(float((x**2).mean())) for x in (within, between)]
    return Recovered(*squares, float(np.median(between)), Share(int((between == 0.0).sum()), reps))


def power(n: int, reps: int, rng: Rng) -> tuple[Share, Share]:
    """At the effect called detectable: how often the interval excludes 0, and how often p <= ALPHA."""
    effect = detectable_effect(n)
    assert effect is not None
    differences = rng.normal(effect, 1.0, (reps, n))
    intervals = [mean_interval(x) for x in differences]
    excludes = sum(not x.low <= 0.0 <= x.high for x in intervals if x.low is not None and x.high is not None)
    flips = sum(p is not None and p <= ALPHA for p in map(sign_flip, differences))
    return Share(excludes, reps), Share(flips, reps)


def iqm_coverage(strata: int, n: int, reps: int, rng: Rng) -> Share:
    """Of the interquartile mean of n normal runs on each of some data sets, whose means are 0, 1, 2, ..."""
    hits = 0
    for _ in range(reps):
        scores = [rng.normal(level, 1.0, n) for level in range(strata)]
        found = stratified_iqm(scores, rng, RESAMPLES)
        assert found.low is not None and found.high is not None
        # Means at equal steps: the mixture is symmetric, and any trimmed mean of it is its centre.
        hits += found.low <= (strata - 1) / 2.0 <= found.high
    return Share(hits, reps)
