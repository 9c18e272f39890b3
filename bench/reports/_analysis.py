"""Analysis of variance and contrasts of a study's arms, with the names of its factors and levels."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.reports._slices import Slice
from bench.stats import Array, Interval, holm
from bench.stats.factorial import Anova, Estimate, anova, estimate, marginal


@dataclass(frozen=True)
class Line:
    """One effect of the analysis of variance."""

    factors: tuple[str, ...]
    """One, or two that interact."""
    freedom: int
    residual_freedom: int
    f: float | None
    """None where the residual is exactly 0."""
    p: float
    p_holm: float
    """Corrected for all lines of the analysis."""
    partial_eta_squared: float


@dataclass(frozen=True)
class Contrast:
    """One level of a factor minus its reference level."""

    factor: str
    level: str
    reference: str
    at: tuple[str, str] | None
    """A second factor and its level at which this is a simple effect; None: averaged over the others."""
    versus: str | None
    """The second factor's reference level, where this is an interaction: the effect `at` minus that there."""
    interval: Interval
    """95 % Student-t over seeds."""
    p: float
    """Of the t test over seeds."""
    p_holm: float
    """Corrected for the contrasts of the same line, and never below that line's own corrected p."""

    def shown(self, alpha: float) -> bool:
        """Whether a direction may be claimed: the interval excludes 0, and the corrected p is below alpha."""
        return not self.covers_zero and self.p_holm < alpha

    @property
    def same(self) -> bool:
        """Whether every seed says the same, and not 0: then its interval has no width."""
        return self.interval.low == self.interval.high == self.interval.mean != 0.0

    @property
    def covers_zero(self) -> bool:
        """Whether its interval does not tell a direction."""
        return Estimate(self.interval, self.p).covers_zero


@dataclass(frozen=True)
class Analysis:
    """What the factors do to one number of each run."""

    levels: dict[str, tuple[str, ...]]
    """Factor -> its levels in this analysis."""
    setting: str
    """What all other factors are at, in words, where each factor is analysed by itself."""
    arms: int
    seeds: int
    """Complete seeds; the fewest, where each factor is analysed by itself."""
    lines: tuple[Line, ...]
    main: tuple[Contrast, ...]
    simple: tuple[Contrast, ...]
    crossed: tuple[Contrast, ...]
    """Interactions as differences of differences."""

    def contrasts(self, line: Line) -> list[Contrast]:
        """What an effect comes down to: of its levels, or of the levels of two factors."""
        if len(line.factors) == 1:
            return [contrast for contrast in self.main if contrast.factor == line.factors[0]]
        first, second = line.factors
        return [c for c in self.crossed if c.factor == first and c.at is not None and c.at[0] == second]


def analyse(parts: Sequence[tuple[Slice, Array]], interactions: bool = True) -> Analysis:
    """The analysis of slices of a study, one family of effects.

    Args:
        parts: Slices, at least one, and their complete scores of shape (arms of the slice, seeds).
        interactions: Whether two-way interactions are asked for.
    """
    tables = [
        (part, _shaped(part, y), anova(_shaped(part, y), interactions and len(part.factors) > 1))
        for part, y in parts
    ]
    lines = [line for part, _, table in tables for line in _lines(part, table)]
    corrected = holm([line.p for line in lines])
    lines = [replace(line, p_holm=p or 0.0) for line, p in zip(lines, corrected, strict=True)]
    of = {line.factors: line.p_holm for line in lines}
    main: list[Contrast] = []
    simple: list[Contrast] = []
    crossed: list[Contrast] = []
    for part, y, _ in tables:
        for axis, factor in enumerate(part.factors):
            main += _family(_main(part, y, axis), of[factor,])
        for one, other in itertools.permutations(range(len(part.factors)) if interactions else (), 2):
            first, second = sorted((one, other))
            gate = of[part.factors[first], part.factors[second]]
            at, against = _pair(part, y, one, other)
            simple += _family(at, gate)
            crossed += _family(against, gate)
    return Analysis(
        levels={f: levels for part, _ in parts for f, levels in zip(part.factors, part.levels, strict=True)},
        setting=parts[0][0].setting,
        arms=len({arm["id"] for part, _ in parts for arm in part.arms}),
        seeds=min(y.shape[-1] for _, y in parts),
        lines=tuple(lines),
        main=tuple(main),
        simple=tuple(simple),
        crossed=tuple(crossed),
    )


def _shaped(part: Slice, y: Array) -> Array:
    return y.reshape(*map(len, part.levels), -1)


def _lines(part: Slice, table: Anova) -> list[Line]:
    return [
        Line(
            factors=tuple(part.factors[axis] for axis in effect.axes),
            freedom=effect.freedom,
            residual_freedom=table.freedom,
            f=effect.f,
            p=effect.p,
            p_holm=effect.p_holm,
            partial_eta_squared=effect.partial_eta_squared,
        )
        for effect in table.effects
    ]


def _family(contrasts: list[Contrast], gate: float) -> list[Contrast]:
    """The contrasts with p corrected for each other, and for being looked at only with their line."""
    corrected = holm([contrast.p for contrast in contrasts])
    return [
        replace(contrast, p_holm=max(gate, p or 0.0))
        for contrast, p in zip(contrasts, corrected, strict=True)
    ]


def _main(part: Slice, y: Array, axis: int) -> list[Contrast]:
    means = marginal(y, axis)
    start = part.levels[axis].index(part.references[axis])
    return [
        _contrast(part, y, axis, level, means[level] - means[start])
        for level in range(len(means))
        if level != start
    ]


def _pair(part: Slice, y: Array, axis: int, other: int) -> tuple[list[Contrast], list[Contrast]]:
    """Simple effects of one factor at each level of another, and what differs between those levels."""
    means = marginal(y, axis, other)
    start, base = (part.levels[a].index(part.references[a]) for a in (axis, other))
    at, against = [], []
    for level in range(means.shape[0]):
        if level == start:
            continue
        differences = means[level] - means[start]
        for column, name in enumerate(part.levels[other]):
            place = (part.factors[other], name)
            at.append(_contrast(part, y, axis, level, differences[column], place))
            if column != base:
                gap = differences[column] - differences[base]
                against.append(_contrast(part, y, axis, level, gap, place, part.references[other]))
    return at, against


def _contrast(
    part: Slice,
    y: Array,
    axis: int,
    level: int,
    values: Array,
    at: tuple[str, str] | None = None,
    versus: str | None = None,
) -> Contrast:
    found = estimate(values, scale=float(np.abs(y).max()))
    name, reference = part.levels[axis][level], part.references[axis]
    return Contrast(part.factors[axis], name, reference, at, versus, found.interval, found.p, found.p)
