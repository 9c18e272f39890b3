"""The numbers of a comparison of arms: each arm's final scores, and how they differ from the first arm's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.across_studies import AcrossStudies, across_studies
from bench.headlines import leading
from bench.problems import UserError
from bench.reports._families import corrected
from bench.rows import UNFINISHED
from bench.sides import Side, check_protocols, paired
from bench.stats import (
    Interval,
    endpoint,
    improvement,
    mean_interval,
    paired_difference,
    sign_flip,
)
from bench.stats.contests import contests
from bench.stats.unpaired import unpaired_difference, unpaired_ranks

DIRECTIONS = ("lower", "higher")


@dataclass(frozen=True)
class Line:
    """One arm on one output."""

    side: Side
    planned: int
    final: Interval
    unscored: int
    """Runs that ended without a score of a trained generator: broken, or no value."""
    paired: bool = False
    difference: Interval | None = None
    """Final minus the first arm's; None of the first arm itself."""
    p: float | None = None
    """Sign-flip test of pairs, else Welch's t test; where runs have failed, of who is first in each seed,
    else of the ranks of all runs."""
    p_holm: float | None = None
    """Corrected for the comparisons of this output."""
    improvement: Interval | None = None
    """Probability that a run is better than one of the first arm, failures worst of all; None where neither
    end is better."""


@dataclass(frozen=True)
class SideBySide:
    """Arms side by side."""

    sides: tuple[Side, ...]
    outputs: dict[str, list[Line]]
    """Every headline that all of them have, in the first study's order -> a line an arm."""
    notes: tuple[str, ...]
    """What a reader has to know of these arms."""
    mixed: tuple[str, ...]
    """What differs between the ways in which they were scored."""
    across: AcrossStudies | None
    """The arms that occur in every one of several studies, on one scale."""


def compare(sides: Sequence[Side]) -> SideBySide:
    """Set arms side by side; all differences are to the first. Raises UserError if they share no output."""
    first = sides[0].results.plan
    heads = leading(first["primary"], first["outputs"])
    shared = [name for name in heads if all(name in side.results.plan["outputs"] for side in sides)]
    if not shared:
        raise UserError(f"these arms have no headline in common: {sides[0].name} has {', '.join(heads)}")
    notes = (
        [f"not of all of these arms: {', '.join(lost)}"]
        if (lost := [n for n in heads if n not in shared])
        else []
    )
    return SideBySide(
        tuple(sides),
        {output: _lines(sides, output, first["outputs"][output]["direction"]) for output in shared},
        (*notes, *_same_runs(sides), *_settings(sides)),
        tuple(check_protocols(sides)),
        across_studies(sides, {output: first["outputs"][output]["direction"] for output in shared}),
    )


def verdicts(side: Side) -> str:
    """`4 healthy, 1 diverged, 2 pending`."""
    counts = Counter(side.rows["verdict"].astype(str))
    waiting = sum(counts.pop(name, 0) for name in UNFINISHED)
    told = [
        f"{number} {name}"
        for name, number in sorted(counts.items(), key=lambda item: (item[0] != "healthy", item[0]))
    ]
    return ", ".join([*told, *([f"{waiting} pending"] if waiting else [])])


def _lines(sides: Sequence[Side], output: str, direction: str) -> list[Line]:
    lines = [_line(side, sides[0], output, direction) for side in sides]
    adjusted = corrected([line.p for line in lines[1:]], len(lines) - 1)
    return [lines[0], *(replace(line, p_holm=p) for line, p in zip(lines[1:], adjusted, strict=True))]


def _line(side: Side, first: Side, output: str, direction: str) -> Line:
    seeds = sorted(set(side.rows["seed"]) | set(first.rows["seed"]))
    ours, failed = side.outcomes(output, seeds)
    line = Line(side, len(side.rows), mean_interval(ours[~np.isnan(ours)]), int(failed.sum()))
    if side is first:
        return line
    theirs, failed_there = first.outcomes(output, seeds)
    together, ranked = paired(side, first), direction in DIRECTIONS and bool((failed | failed_there).any())
    ends = [
        endpoint(scores, lost, direction) if ranked else scores
        for scores, lost in ((ours, failed), (theirs, failed_there))
    ]
    if together:
        pairs = paired_difference(ours, theirs)
        gaps = contests((ours - theirs)[None], ends[0][None], ends[1][None])[0]
        known = gaps[~np.isnan(gaps)]
        p = sign_flip(known, np.random.default_rng(0)) if len(known) >= 2 else None
        line = replace(line, paired=True, difference=pairs.interval, p=p)
    else:
        gap = unpaired_difference(ours[~np.isnan(ours)], theirs[~np.isnan(theirs)])
        p = gap.p
        if ranked:
            known_ends = [values[~np.isnan(values)] for values in ends]
            p = unpaired_ranks(known_ends[0], known_ends[1], np.random.default_rng(0))
        line = replace(line, difference=gap.interval, p=p)
    if direction in DIRECTIONS:
        better = improvement(
            ours, failed, theirs, failed_there, direction, np.random.default_rng(0), paired=together
        )
        line = replace(line, improvement=better.interval)
    return line


def _same_runs(sides: Sequence[Side]) -> list[str]:
    """Equal settings and an equal seed are one and the same run, in whichever study it is."""
    first = set(sides[0].rows["run_id"])
    same = [(side, len(first & set(side.rows["run_id"]))) for side in sides[1:]]
    return [
        f"{side.name}: {n} of its runs have the settings and the seed of runs of {sides[0].name}"
        for side, n in same
        if n
    ]


def _settings(sides: Sequence[Side]) -> list[str]:
    """What all runs of one study have and those of another do not."""
    told: list[str] = []
    plans = list({side.study: side.results.plan for side in sides}.values())
    for name, value in (plans[0].get("common") or {}).items():
        values = [str((plan.get("common") or {}).get(name, value)) for plan in plans]
        if len(set(values)) > 1:
            told.append(f"{name} {' / '.join(values)}")
    return [f"settings that differ between the studies: {', '.join(told)}"] if told else []
