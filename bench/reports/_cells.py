"""One arm's scores on one output, as numbers, for every arm at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.compare import ALL_PAIRS
from bench.reports._families import Family, corrected, family, pairs
from bench.reports._grid import Grid
from bench.stats import (
    Array,
    Friedman,
    Improvement,
    Interval,
    Noise,
    Paired,
    components,
    detectable_effect,
    endpoint,
    friedman,
    iqm,
    median,
    sign_test,
)
from bench.stats.contests import contests
from bench.stats.many import Sample, improvements, samples, sign_flips

_LEVEL = 0.05
"""Of the sign test that goes with a 95 % interval."""


@dataclass(frozen=True)
class Cell:
    """One arm's scores on one output."""

    final: Interval
    best: Interval
    area: Interval
    """Of the scores averaged over training."""
    median: float | None
    """Of the finals, failures worst; None without any, and where failures reach so far."""
    iqm: float | None
    """Interquartile mean of the finals, failures worst; None as for the median. Of an output of which
    neither end is better, both are of the runs that have a score."""
    spread: float | None
    """Standard deviation of the finals over runs; None for fewer than two."""
    noise: Noise
    """What of it is training, and what scoring."""
    difference: Paired | None
    """Final minus the baseline's, seed by seed; None for the baseline itself and without one."""
    p: float | None
    """Of the sign-flip test of the difference, or of who is first in each seed (see `contests`)."""
    p_holm: float | None
    """Corrected for the family; None for an arm that is not in it."""
    d_z: float | None
    """The difference over its standard deviation."""
    improvement: Improvement | None
    """Probability that a run is better than the baseline's, failures worst of all."""
    detectable: float | None
    """Smallest d_z that a t test of so many pairs finds with 80 % power, at the study's uncorrected alpha."""
    deviation: float | None
    """Standard deviation of the paired differences."""
    rank: float | None
    """Mean over seeds of the rank among all arms, 1 for the best, failures last."""
    unscored: int
    """Runs that ended without a score of a trained generator: broken, or no value."""
    leads: bool = False
    """Best mean of the arms; arms with unscored runs stand behind those without."""
    tied: bool = False
    """Neither the paired difference to the leading arm nor the count of failures tells them apart."""

    @property
    def detectable_difference(self) -> float | None:
        """`detectable` in the output's unit, for differences that spread as these do."""
        if self.detectable is None or self.deviation is None:
            return None
        return self.detectable * self.deviation


def ranks(grid: Grid, output: str, direction: str, arms: list[int]) -> Friedman | None:
    """The combined endpoint that ranks failures last, over these arms (rows of the grid).

    None where neither end is better.
    """
    if direction not in ("lower", "higher") or not arms:
        return None
    finals = grid.values(f"{output}.final")
    return friedman(endpoint(finals, grid.failed(finals), direction)[arms])


def outcomes(grid: Grid, finals: Array, direction: str) -> Array:
    """The combined endpoint (n_arms, n_seeds), less being better; the scores where neither end is better."""
    if direction not in ("lower", "higher"):
        return finals
    return endpoint(finals, grid.failed(finals), direction)


def cells(grid: Grid, plan: dict[str, Any], output: str, comparable: bool) -> dict[str, Cell]:
    """Every arm's cell of one output.

    Args:
        grid: The runs.
        plan: The study.
        output: One of its outputs.
        comparable: Whether all runs were scored in one way: else nobody leads.
    """
    direction = plan["outputs"][output]["direction"]
    finals, best, area, noise = (
        grid.values(f"{output}.{name}") for name in ("final", "best", "area", "noise")
    )
    failed = grid.failed(finals)
    asked = family(plan, output)
    base = grid.row(plan.get("baseline"))
    applicable = [row for row in range(len(grid.arms)) if grid.planned[row].any()]
    against = [row for row in applicable if base is not None and row != base and grid.planned[base].any()]
    ends = outcomes(grid, finals, direction)
    p = _raw(finals, ends, base, against)
    p_holm = _corrected(finals, ends, grid, asked, p, plan.get("baseline"))
    better: dict[int, Improvement] = {}
    if direction in ("lower", "higher") and base is not None and against:
        found = improvements(
            finals[against], failed[against], finals[base], failed[base], direction, np.random.default_rng(0)
        )
        better = dict(zip(against, found, strict=True))
    placed = ranks(grid, output, direction, applicable)
    rank = dict(zip(applicable, placed.mean_ranks.tolist(), strict=True)) if placed and placed.n else {}
    gaps = finals - finals[base] if base is not None else np.full(finals.shape, np.nan)
    columns = [samples(values) for values in (finals, best, area, gaps)]
    centres = [_centres(final, end, direction) for final, end in zip(columns[0], ends, strict=True)]
    made = {}
    for row, (arm, final, top, mean, gap) in enumerate(zip(grid.arms, *columns, strict=True)):
        compared = base is not None and row in p
        made[arm] = Cell(
            final=final.interval,
            best=top.interval,
            area=mean.interval,
            median=centres[row][0],
            iqm=centres[row][1],
            spread=final.deviation,
            noise=_noise(finals[row], noise[row]),
            difference=_difference(grid, gaps, row, base, gap) if compared else None,
            p=p.get(row),
            p_holm=p_holm.get(arm),
            d_z=gap.d_z if compared else None,
            detectable=detectable_effect(gap.interval.n, alpha=asked.alpha) if compared else None,
            deviation=gap.deviation if compared else None,
            improvement=better.get(row),
            rank=rank.get(row),
            unscored=int(failed[row].sum()),
        )
    return _marked(made, grid, finals, failed, plan["outputs"][output]) if comparable else made


def _centres(sample: Sample, ends: Array, direction: str) -> tuple[float | None, float | None]:
    """Median and interquartile mean of one arm's endpoints; of survivors alone they would reward failing."""
    if not np.isinf(ends).any():
        return sample.median, sample.iqm
    known = _present(ends)
    found = [value for value in (median(known), iqm(known)) if value is not None]
    sign = 1.0 if direction == "lower" else -1.0
    middle, mean = (sign * value if np.isfinite(value) else None for value in found)
    return middle, mean


def _raw(finals: Array, ends: Array, base: int | None, against: list[int]) -> dict[int, float | None]:
    """Row -> p of its comparison with the baseline, of at least two pairs."""
    if base is None or not against:
        return {}
    gaps = contests(finals[against] - finals[base], ends[against], ends[base])
    enough = ((~np.isnan(gaps)).sum(axis=1) >= 2).tolist()
    found = sign_flips(gaps, np.random.default_rng(0))
    return {row: p if two else None for row, p, two in zip(against, found, enough, strict=True)}


def _corrected(
    finals: Array,
    ends: Array,
    grid: Grid,
    asked: Family,
    p: dict[int, float | None],
    baseline: str | None,
) -> dict[str, float | None]:
    if asked.kind == ALL_PAIRS:
        found = pairs(finals, ends, grid, asked)
        return {
            pair.first if pair.second == baseline else pair.second: pair.p_holm
            for pair in found
            if baseline in (pair.first, pair.second)
        }
    raw = [p.get(grid.arms.index(arm)) for arm in asked.arms]
    return dict(zip(asked.arms, corrected(raw, asked.size), strict=True))


def _difference(grid: Grid, gaps: Array, row: int, base: int | None, gap: Sample) -> Paired:
    planned = grid.planned[row] | grid.planned[base]
    return Paired(gap.interval, _present(gaps[row]), int(planned.sum()) - gap.interval.n)


def _noise(finals: Array, noise: Array) -> Noise:
    measured = not np.isnan(noise).all()
    return components(finals, noise) if measured else Noise(None, None, None)


def _marked(
    made: dict[str, Cell], grid: Grid, finals: Array, failed: NDArray[np.bool_], about: dict[str, Any]
) -> dict[str, Cell]:
    """The cells with the leading arm, and those it cannot be told from, marked."""
    direction, rounding = about["direction"], 0.5 * 10.0 ** -about["digits"]
    scored = [row for row, arm in enumerate(grid.arms) if made[arm].final.n]
    if direction not in ("lower", "higher") or len(scored) < 2:
        return made  # Neither end is better, or there is nothing to be better than.
    ends = endpoint(finals, failed, direction)
    places = _places(made, grid, ends, scored, 1.0 if direction == "lower" else -1.0)
    if not places:
        return made
    leader = min(places, key=lambda row: places[row])
    gaps = [sample.interval for sample in samples(finals[scored] - finals[leader])]
    marked = dict(made)
    for row, gap in zip(scored, gaps, strict=True):
        arm = grid.arms[row]
        if places[row] == places[leader]:
            marked[arm] = replace(made[arm], leads=True)
        else:
            tied = _tied(gap, ends[row], ends[leader], direction, rounding)
            marked[arm] = replace(made[arm], tied=tied)
    return marked


def _places(
    made: dict[str, Cell], grid: Grid, ends: Array, scored: list[int], sign: float
) -> dict[int, tuple[float, float]]:
    """What arms are ordered by: first whether they fail, then the mean; where all do, the mean rank.

    Among arms that all fail at times, means of survivors would reward the arm that fails most.
    """
    lost = {row: made[grid.arms[row]].unscored for row in scored}
    if min(lost.values()) == 0:
        means = {row: sign * made[grid.arms[row]].final.mean for row in scored}
        return {row: (float(lost[row] > 0), means[row]) for row in scored}
    placed = friedman(ends[scored])
    if placed.n == 0:
        return {}
    return {row: (0.0, rank) for row, rank in zip(scored, placed.mean_ranks.tolist(), strict=True)}


def _tied(interval: Interval, ours: Array, theirs: Array, direction: str, rounding: float) -> bool:
    """Whether an arm cannot be told from the leader.

    Its interval must not lie on the worse side of 0, unless all of it is what tables round to 0. Where
    either has failures, which means leave out, a sign test in which failures lose must not tell them apart.
    """
    if interval.low is None or interval.high is None:
        return False
    if not (np.isinf(ours).any() or np.isinf(theirs).any()):
        return interval.low <= 0.0 <= interval.high or max(-interval.low, interval.high) < rounding
    behind = interval.low > 0.0 if direction == "lower" else interval.high < 0.0
    wins, losses = int((ours < theirs).sum()), int((ours > theirs).sum())
    return not behind and sign_test(wins, losses) >= _LEVEL


def _present(values: Array) -> Array:
    return values[~np.isnan(values)]
