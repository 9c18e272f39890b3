"""What became of a run, since when, and why.

    failed      an exception ended it
    diverged    a loss or a weight was not finite
    collapsed   it holds at most COLLAPSED_SHARE of the modes that real data holds, to the end
    healthy     none of these

The first that holds, in this order, is the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

Scores = Sequence[tuple[int, Mapping[str, float | None]]]

MODE_OUTPUTS = ("modes_10pct", "modes")
"""Outputs that count modes; the first that a study has is used.

`modes_10pct` comes first because one stray sample does not make a mode there: a blob in the middle of a
ring touches all components and holds none. Labelled images have `modes` alone."""

COLLAPSED_SHARE = 0.9
"""A run at or below this share of the oracle's modes has collapsed: 7 of 8, 22 of 25, 9 of 10."""


@dataclass(frozen=True)
class Verdict:
    """What became of a run."""

    name: str
    onset: int | None
    """Step since which it holds; None where that has no meaning."""
    reason: str | None
    """One sentence for a reader of the table; None if there is nothing to say."""


def verdict(
    scores: Scores,
    outputs: Container[str],
    oracle: Mapping[str, float | None],
    diverged_step: int | None,
    error: str | None,
) -> Verdict:
    """Judge a run.

    Args:
        scores: (step, {output: value}) of every evaluation in order; None where a value is not finite.
        outputs: The study's outputs.
        oracle: Scores of real data.
        diverged_step: First step with something not finite, if any.
        error: What ended the run, if something did.
    """
    if error is not None:
        return Verdict("failed", None, error)
    if diverged_step is not None:
        return Verdict("diverged", diverged_step, f"not finite since step {diverged_step}")
    output = next((name for name in MODE_OUTPUTS if name in outputs), None)
    if output is None:
        return Verdict("healthy", None, "no mode metric: collapse was not looked for")
    return _collapse([(step, metrics.get(output)) for step, metrics in scores], oracle.get(output))


def _collapse(counts: Sequence[tuple[int, float | None]], reachable: float | None) -> Verdict:
    if reachable is None or not math.isfinite(reachable) or reachable <= 0:
        return Verdict("healthy", None, "real data has no mode count: collapse was not looked for")
    known = [(step, count) for step, count in counts if count is not None and math.isfinite(count)]
    if not known:
        return Verdict("healthy", None, "the mode metric gave no value: collapse was not looked for")
    limit = COLLAPSED_SHARE * reachable + 1e-9  # 0.9 · 30 is a hair below 27 in binary.
    onset = None
    for step, count in reversed(known):
        if count > limit:
            break
        onset = step
    if onset is None:
        return Verdict("healthy", None, None)
    return Verdict("collapsed", onset, f"holds {known[-1][1]:g} of {reachable:g} modes since step {onset}")
