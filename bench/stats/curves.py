"""Learning curves as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence


def area(steps: Sequence[float], scores: Sequence[float | None]) -> float | None:
    """Area under the curve of scores over steps (both n, steps ascending), divided by its span.

    That is the score averaged over training, in its own units, by the trapezoidal rule. One point has its own
    score; None where a score is missing or there is none.
    """
    known = [score for score in scores if score is not None and not math.isnan(score)]
    if len(known) < len(scores) or not known:
        return None
    span = steps[-1] - steps[0]
    if span == 0.0:
        return known[0]
    pieces = [
        (later - earlier) * (high + low) / 2.0
        for earlier, later, low, high in zip(steps, steps[1:], known, known[1:], strict=False)
    ]
    return math.fsum(pieces) / span
