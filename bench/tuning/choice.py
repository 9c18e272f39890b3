"""Which trial won: pure functions of scores.

A trial is its runs' final scores, one a training seed, None where a run diverged, failed or gave no score.
Trials without such a run come first, by their mean; then those with one, with two, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

Score = float | None


@dataclass(frozen=True)
class Standing:
    """How a trial went."""

    failed: int
    """Runs without a score."""
    mean: float | None
    """Of the others; None if there is none."""

    def order(self, direction: str) -> tuple[int, float]:
        """What trials are sorted by, the best first; finite, whatever happened."""
        if self.mean is None:
            return self.failed, 0.0
        return self.failed, -self.mean if direction == "higher" else self.mean


def standing(finals: Sequence[Score]) -> Standing:
    """How a trial with these final scores went."""
    scored = [score for score in finals if score is not None]
    return Standing(len(finals) - len(scored), fmean(scored) if scored else None)


def ranks(trials: Sequence[Standing], direction: str) -> list[float]:
    """0 for the best, equal trials alike: all that a sampler is told, so that nothing it is told is NaN."""
    keys = [trial.order(direction) for trial in trials]
    places = {key: float(place) for place, key in enumerate(sorted(set(keys)))}
    return [places[key] for key in keys]


def winner(trials: Sequence[Standing], direction: str) -> int:
    """Place of the best trial, of equal ones the first. There must be one.

    Args:
        trials: In the order of their numbers.
        direction: "lower" or "higher", whichever is better.
    """
    return min(range(len(trials)), key=lambda place: trials[place].order(direction))
