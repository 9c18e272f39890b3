"""The same arms in several studies: their runs on one scale, from the baseline (0) to real data (1).

Source: Agarwal et al. 2021, arXiv:2108.13264, section 4: interquartile mean and performance profile over
tasks, runs drawn anew within each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.sides import Side
from bench.stats import Interval, Profile, across, normalised, profile

THRESHOLDS = (0.0, 0.5, 0.9)
"""Places on the scale at which the profile is told."""


@dataclass(frozen=True)
class Standing:
    """One arm over all studies."""

    arm: str
    """Its name, the same in every study."""
    runs: tuple[int, ...]
    """Runs that ended, in each study."""
    failed: int
    """Those that ended without a score of a trained generator."""
    iqm: Interval
    """Interquartile mean of all runs on the scale, failures worst, with its stratified bootstrap interval."""
    profile: Profile
    """Share of runs that reach THRESHOLDS, the mean over studies."""


@dataclass(frozen=True)
class AcrossStudies:
    """Every arm that all studies have."""

    studies: tuple[str, ...]
    outputs: dict[str, list[Standing]]
    """Output -> an arm each, in the first study's order."""
    notes: tuple[str, ...]
    """What is left out, and why."""


def across_studies(sides: Sequence[Side], directions: dict[str, str]) -> AcrossStudies | None:
    """The arms that occur, by name, in every study; None where there is one study, or no such arm.

    Args:
        sides: Arms of studies.
        directions: Output -> its better end, of the outputs that all studies have.
    """
    studies: dict[tuple[str, str], list[Side]] = {}
    for side in sides:
        studies.setdefault(side.study, []).append(side)
    arms = [{side.own_name: side for side in several} for several in studies.values()]
    common = [name for name in arms[0] if all(name in named for named in arms)]
    if len(studies) < 2 or not common:
        return None
    notes = []
    if lost := list(dict.fromkeys(name for named in arms for name in named if name not in common)):
        notes.append(f"not in every study, so not summed up over them: {', '.join(lost)}")
    outputs: dict[str, list[Standing]] = {}
    for output, direction in directions.items():
        scales = [_scale(several[0], output, direction) for several in studies.values()]
        if none := [study for (study, _), scale in zip(studies, scales, strict=True) if scale is None]:
            notes.append(
                f"{output} has no scale over the studies: in {', '.join(none)} the baseline's mean is not "
                "known, or real data are not known to be better"
            )
            continue
        known = [scale for scale in scales if scale is not None]
        outputs[output] = [_standing(name, [named[name] for named in arms], output, known) for name in common]
    return AcrossStudies(tuple(study for study, _ in studies), outputs, tuple(notes))


def _scale(side: Side, output: str, direction: str) -> tuple[float, float] | None:
    """Scores at 0 and at 1; None where there is nothing between them."""
    plan = side.results.plan
    sign = {"higher": 1.0, "lower": -1.0}.get(direction)
    one = side.results.oracle.get(output)
    if sign is None or one is None or plan.get("baseline") is None:
        return None
    scores, failed = replace(side, arm=plan["baseline"]).outcomes(output)
    known = np.sort(scores[~failed & ~np.isnan(scores)])
    if not len(known) or sign * (one - known.mean()) <= 0.0:
        return None
    return float(known.mean()), one


def _standing(
    name: str, sides: Sequence[Side], output: str, scales: Sequence[tuple[float, float]]
) -> Standing:
    found = [side.outcomes(output) for side in sides]
    scores = [normalised(x, *scale) for (x, _), scale in zip(found, scales, strict=True)]
    failed = [bad for _, bad in found]
    ended = tuple(int((~np.isnan(x) | bad).sum()) for x, bad in found)
    thresholds = np.array(THRESHOLDS)
    if min(ended) == 0:  # An arm that has not run everywhere would be judged where it is easy.
        nothing = Profile(thresholds, np.empty(0), None, None, 0)
        centre = Interval(float("nan"), None, None, 0)
        return Standing(name, ended, sum(int(bad.sum()) for bad in failed), centre, nothing)
    return Standing(
        name,
        ended,
        sum(int(bad.sum()) for bad in failed),
        across(scores, failed, "higher", np.random.default_rng(0)),
        profile(scores, failed, thresholds, "higher", np.random.default_rng(0)),
    )
