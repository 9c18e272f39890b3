"""What a run's history shows that no single evaluation can: explosion, oscillation, vanishing, progress.

All rules compare a run with itself or with the oracle; none knows a data set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.limits import Values

Logs = Sequence[tuple[int, Mapping[str, float | None]]]

FEWEST = 4
"""Evaluations (or windows of the log) without which nothing is said about a trend."""
EXPLODED = 1e4
"""A loss, a logit or a gradient norm that ends at so many times the largest of the run's first tenth."""
INFLATED = 100.0
"""The same for the norm of a network's weights."""
CERTAIN = 0.99
"""D is certain if it is right about this share of real and of generated samples."""
QUIET = 0.01
"""G's gradient is gone if its norm is below this share of the largest in the run's first tenth."""
LAST = 0.2
"""Share of the run, at its end, in which D has been certain and G's gradient gone."""
MODES = 0.25
"""Share of the modes that come and go, at least two, in a run that oscillates."""
STEADY = 0.6
"""Kendall's tau between step and score from which a score rises steadily."""
GAIN = 0.1
"""What it must have gained in the second half of the run, as a share of the oracle's value."""

_GROWING = ("d_loss", "g_loss", "d_gradient_norm", "g_gradient_norm", "logit_real", "logit_fake")
_WEIGHTS = ("d_weight_norm", "g_weight_norm")


@dataclass(frozen=True)
class Trend:
    """Something that a history shows."""

    onset: int
    """Step since which it does."""
    sentence: str


def exploded(logs: Logs) -> Trend | None:
    """Whether losses, gradients, logits or weights have grown beyond all bounds, and stayed there."""
    if len(logs) < FEWEST:
        return None
    begin = logs[: max(1, len(logs) // 10)]
    for names, factor in ((_GROWING, EXPLODED), (_WEIGHTS, INFLATED)):
        for name in names:
            scale = _largest(begin, name)
            if scale is None or not scale > 0:
                continue
            onset = _since(logs, _beyond(name, factor * scale))
            if onset is not None:
                times = abs(logs[-1][1][name] or 0.0) / scale
                return Trend(onset, f"{name} ended at {times:.1g} times what it was at first")
    return None


def come_and_go(held: Sequence[tuple[int, str]]) -> Trend | None:
    """Whether modes are lost and found again, or found and lost again, in the second half of the run."""
    window = held[-max(FEWEST, len(held) // 2) :]
    if len(window) < FEWEST:
        return None
    changes = [
        [step for (_, before), (step, now) in pairwise(window) if before[k] != now[k]]
        for k in range(len(window[0][1]))
    ]
    restless = [steps for steps in changes if len(steps) >= 2]
    if len(restless) < max(2.0, MODES * len(changes)):
        return None
    onset = min(steps[0] for steps in restless)
    return Trend(onset, f"{len(restless)} of {len(changes)} modes came and went since step {onset}")


def vanished(logs: Logs) -> Trend | None:
    """Whether G is no longer told anything: its gradient is gone, and D is certain about every sample."""
    if len(logs) < FEWEST:
        return None
    scale = _largest(logs[: max(1, len(logs) // 10)], "g_gradient_norm")
    if scale is None or not scale > 0:
        return None

    def silent(row: Mapping[str, float | None]) -> bool:
        gradient, real, fake = (
            row.get(name) for name in ("g_gradient_norm", "d_accuracy_real", "d_accuracy_fake")
        )
        if gradient is None or real is None or fake is None:
            return False
        return gradient <= QUIET * scale and min(real, fake) >= CERTAIN

    onset = _since(logs, silent)
    first = logs[-max(2, math.ceil(LAST * len(logs)))][0]
    if onset is None or onset > first:
        return None
    left = (logs[-1][1]["g_gradient_norm"] or 0.0) / scale
    return Trend(onset, f"D is certain and G's gradient is at {left:.1g} of what it was, since step {onset}")


def rising(scores: Sequence[tuple[int, Values]], outputs: Sequence[str], oracle: Values) -> Trend | None:
    """Whether one of the outputs was rising steadily in the second half of the run, and none was falling.

    Args:
        scores: Every evaluation, in order.
        outputs: Those that are still too low.
        oracle: Scores of real data.
    """
    from scipy import stats

    window = scores[-max(FEWEST, len(scores) // 2) :]
    if len(window) < FEWEST:
        return None
    best: Trend | None = None
    for output in outputs:
        values = [row.get(output) for _, row in window]
        known = [value for value in values if value is not None]
        ideal = oracle.get(output)
        if len(known) < len(values) or not ideal or known[-1] < known[0]:
            return None
        gain = (known[-1] - known[0]) / abs(ideal)
        if gain >= GAIN and stats.kendalltau(range(len(known)), known).statistic >= STEADY:
            sentence = (
                f"{output} was still rising: {known[0]:.3g} to {known[-1]:.3g} since step {window[0][0]}"
            )
            best = best or Trend(window[0][0], sentence)
    return best


def _largest(logs: Logs, name: str) -> float | None:
    """The largest absolute value of an entry."""
    known = [abs(value) for _, row in logs if (value := row.get(name)) is not None]
    return max(known, default=None)


def _beyond(name: str, limit: float) -> Callable[[Mapping[str, float | None]], bool]:
    """Whether an entry of a row is larger than `limit`, whatever its sign."""
    return lambda row: abs(row.get(name) or 0.0) > limit


def _since(logs: Logs, holds: Callable[[Mapping[str, float | None]], bool]) -> int | None:
    """The step since which `holds` has been true to the end; None if it is not true there."""
    onset = None
    for step, row in reversed(logs):
        if not holds(row):
            break
        onset = step
    return onset
