"""What a run's history shows that no single evaluation can: explosion, oscillation, vanishing, progress.

All rules compare a run with itself or with the oracle; none knows a data set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, takewhile
from statistics import median

from bench.limits import Finding, Values

Logs = Sequence[tuple[int, Mapping[str, float | None]]]
_Window = tuple[int, float, float, float]
"""Step, norm of G's gradient, D's accuracy on real and on generated samples."""

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
"""Share of the modes, at least two, that come and go in the second half of a run that oscillates."""
AWAY = 0.2
"""At least this share of the evaluations of that half finds such a mode away, and as many find it there."""
STEADY = 0.6
"""Kendall's tau between step and score from which a score rises steadily."""
GAIN = 0.1
"""What it must have gained in the second half of the run, as a share of the oracle's value."""

_SIGNED = ("d_loss", "g_loss", "logit_real", "logit_fake")
"""These may begin near 0, where a ratio means nothing; their scale is 1 at the least."""
_NORMS = ("d_gradient_norm", "g_gradient_norm")
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
    for names, factor, least in (
        (_SIGNED, EXPLODED, 1.0),
        (_NORMS, EXPLODED, 0.0),
        (_WEIGHTS, INFLATED, 0.0),
    ):
        for name in names:
            scale = max(least, _largest(begin, name) or 0.0)
            onset = _since(logs, _beyond(name, factor * scale)) if scale > 0 else None
            if onset is not None:
                times = abs(logs[-1][1][name] or 0.0) / scale
                return Trend(onset, f"{name} ended at {_count(times)} times what it was at first")
    return None


def come_and_go(held: Sequence[tuple[int, str]]) -> Trend | None:
    """Whether modes are lost and found again, or found and lost again, in the second half of the run.

    A mode that is missed once in a while is not restless: it must be away, and there, often enough. With few
    samples a mode chance alone does this: see `bench.limits.EACH_MODE`.
    """
    # Evaluations by another classifier, which tells other modes apart, are left out.
    held = [row for row in held if len(row[1]) == len(held[-1][1])]
    window = held[-max(FEWEST, len(held) // 2) :]
    if len(window) < FEWEST:
        return None
    modes = len(window[0][1])
    restless = []
    for k in range(modes):
        changes = [i for i in range(1, len(held)) if held[i - 1][1][k] != held[i][1][k]]
        late = [i for i in changes if i > len(held) - len(window)]
        present = sum(row[k] == "1" for _, row in window) / len(window)
        if len(late) >= 2 and AWAY <= present <= 1.0 - AWAY:
            restless.append(_first_of(changes, late))
    if len(restless) < max(2.0, MODES * modes):
        return None
    onset = held[min(restless)][0]
    return Trend(onset, f"{len(restless)} of {modes} modes came and went since step {onset}")


def circles(scores: Sequence[tuple[int, Values]]) -> Trend | None:
    """Whether it ends away from data of one point, having passed it in the second half of the run."""
    if not scores or scores[-1][1].get("converged") != 0.0:
        return None
    window = scores[-max(FEWEST, len(scores) // 2) :]
    sides = [(step, side) for step, row in window if (side := row.get("position"))]
    passed = [step for (_, before), (step, after) in pairwise(sides) if before * after < 0.0]
    if len(passed) < 2:
        return None
    since = f"{len(passed)} times since step {passed[0]}"
    return Trend(passed[0], f"circled the one point where all data are, passing it {since}")


def vanished(logs: Logs) -> Trend | None:
    """Whether G is no longer told anything: its gradient is gone, and D is certain about every sample."""
    if len(logs) < FEWEST:
        return None
    scale = _largest(logs[: max(1, len(logs) // 10)], "g_gradient_norm") or 0.0
    known = _complete(logs)
    width = min(len(known), max(FEWEST - 1, math.ceil(LAST * len(logs))))
    if width < FEWEST - 1:
        return None

    def silent(*rows: _Window) -> bool:
        # One window above the limit is noise: medians decide.
        gradient, real, fake = (median(row[index] for row in rows) for index in (1, 2, 3))
        return gradient <= QUIET * scale and min(real, fake) >= CERTAIN

    # Back from the end, a window of the log at a time, for as long as it has been so.
    blocks = (known[start : start + width] for start in range(len(known) - width, -1, -1))
    unbroken = list(takewhile(lambda block: silent(*block), blocks))
    if not unbroken:
        return None
    last, first = unbroken[0], unbroken[-1]
    onset = next((row[0] for row in first if silent(row)), first[0][0])
    gradient = median(row[1] for row in last)
    left = f"at {gradient / scale:.1g} of what it was" if scale > 0 else "zero from the first step"
    return Trend(onset, f"D is certain and G's gradient is {left}, since step {onset}")


def rising(
    scores: Sequence[tuple[int, Values]], missing: Sequence[Finding], oracle: Values, samples: int
) -> Trend | None:
    """The first of the missing scores that was improving steadily in the second half of the run.

    None if none was, or if any of them got worse.

    Args:
        scores: Every evaluation, in order.
        missing: The limits that the last evaluation crosses.
        oracle: Scores of real data.
        samples: Samples a score.
    """
    window = scores[-max(FEWEST, len(scores) // 2) :]
    if len(window) < FEWEST:
        return None
    first: Trend | None = None
    for finding in missing:
        known = [value for _, row in window if (value := row.get(finding.output)) is not None]
        ideal = oracle.get(finding.output)
        if len(known) < len(window) or ideal is None:
            return None
        sign, scale = finding.limit.way(known[0], ideal, samples)
        gain = sign * (known[-1] - known[0]) / scale
        if gain < 0:
            return None
        if gain >= GAIN and sign * steadiness(known) >= STEADY:
            changed = f"{known[0]:.3g} to {known[-1]:.3g} since step {window[0][0]}"
            first = first or Trend(window[0][0], f"{finding.output} was still improving: {changed}")
    return first


def steadiness(values: Sequence[float]) -> float:
    """Kendall's tau-b of values with their order: 1 if they only rise, -1 if they only fall; NaN if equal.

    Written out, for the driver asks while workers wait, and to import scipy.stats takes seconds.
    """
    signs = [(b > a) - (b < a) for a, b in combinations(values, 2)]
    untied = sum(sign != 0 for sign in signs)
    return sum(signs) / math.sqrt(len(signs) * untied) if untied else math.nan


def _first_of(changes: Sequence[int], late: Sequence[int]) -> int:
    """The first of the changes that are no further apart, back from `late`, than the late ones are.

    Args:
        changes: Every evaluation that finds a mode lost or found again, in order.
        late: The last of them, two at least.
    """
    usual = max(after - before for before, after in pairwise(late))
    first = late[0]
    for change in reversed(changes[: -len(late)]):
        if first - change > usual:
            break
        first = change
    return first


def _complete(logs: Logs) -> list[_Window]:
    """The windows of the log in which everything is known."""
    found = []
    for step, row in logs:
        gradient, real, fake = map(row.get, ("g_gradient_norm", "d_accuracy_real", "d_accuracy_fake"))
        if gradient is not None and real is not None and fake is not None:
            found.append((step, gradient, real, fake))
    return found


def _count(times: float) -> str:
    """15,000, and 2e+09 where nobody counts digits."""
    return f"{times:,.0f}" if times < 1e6 else f"{times:.1g}"


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
