"""Scores over training. SciPy is needed for intervals alone: the driver imports this for `area`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from bench.stats.intervals import Interval, mean_interval


def area(steps: Sequence[float], scores: Sequence[float | None]) -> float | None:
    """Area under the learning curve divided by its span: the score's average over training, in its units.

    Args:
        steps: Steps at which the run was scored, rising.
        scores: The score at each; between two steps it is taken to run straight (trapezoidal rule).

    Returns the one score if there is only one; None without a score, or where any is None, NaN or infinite.

    Raises ValueError if the lengths differ or the steps do not rise.
    """
    if len(steps) != len(scores):
        raise ValueError(f"{len(steps)} steps and {len(scores)} scores")
    if any(left >= right for left, right in pairwise(steps)):
        raise ValueError("steps must rise")
    known = [score for score in scores if score is not None and math.isfinite(score)]
    if not known or len(known) < len(scores):
        return None
    if len(known) == 1:
        return float(known[0])
    span = steps[-1] - steps[0]
    points = list(zip(steps, known, strict=True))
    return math.fsum((t1 - t0) / span * (y0 / 2.0 + y1 / 2.0) for (t0, y0), (t1, y1) in pairwise(points))


def band(histories: Sequence[Sequence[tuple[int, float]]], level: float = 0.95) -> dict[int, Interval]:
    """Mean over runs and Student-t interval at every step at which any run has a value, by step.

    The interval is pointwise and over the runs that have a value there (not NaN or infinite): where runs
    end early, later steps are about the survivors, and `n` says how many they are. Of two values of one
    run at one step the last counts.

    Args:
        histories: (step, value) of each run.
        level: Share that each interval is to cover.
    """
    values: dict[int, list[float]] = {}
    for history in histories:
        for step, value in dict(history).items():
            if math.isfinite(value):
                values.setdefault(step, []).append(value)
    return {step: mean_interval(np.array(values[step]), level) for step in sorted(values)}
