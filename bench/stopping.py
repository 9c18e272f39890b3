"""When a run is hopeless and stops before its last step.

Asked at every evaluation, of one run by itself. `diverged` stops a run that is not finite any more.
`collapsed_for: K` stops one that K evaluations in a row, each judged by itself (`bench.verdict.of_scores`),
have found collapsed. What is collapsed is taken to stay so, and a run that would have recovered is cut short:
that is why the rule is part of every run's id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.limits import LIMITS, Values
from bench.verdict import of_scores
from bench.wording import count

STOPPED = "stopped at step"
"""With these words the reason of such a run's verdict says so."""


@dataclass(frozen=True)
class StopWhen:
    """What a study declares; false if it declares nothing."""

    diverged: bool = False
    collapsed_for: int = 0
    """Evaluations in a row; 0: never."""
    spot: tuple[int, int] = field(default=(1, 1), compare=False, repr=False)
    """Line and column at which it is declared."""

    def __bool__(self) -> bool:
        return self.diverged or self.collapsed_for > 0

    def __str__(self) -> str:
        return " or ".join(self._words())

    def _words(self) -> list[str]:
        diverged = ["diverged"] if self.diverged else []
        return diverged + ([_collapsed(self.collapsed_for)] if self.collapsed_for else [])

    def as_dict(self) -> dict[str, Any]:
        """Plain values; only what is declared."""
        told: dict[str, Any] = {"diverged": True} if self.diverged else {}
        return {**told, "collapsed_for": self.collapsed_for} if self.collapsed_for else told

    @staticmethod
    def from_dict(values: dict[str, Any] | None) -> StopWhen:
        """The inverse of `as_dict`; None, as of earlier records, is nothing."""
        return StopWhen(**values) if values else StopWhen()

    def why(self, diverged: bool, streak: int) -> str | None:
        """Why a run stops now, in words; None if it goes on.

        Args:
            diverged: Whether something of it, its samples or its scores is not finite.
            streak: Evaluations in a row, up to now, that found it collapsed (see `streak`).
        """
        if self.diverged and diverged:
            return "diverged"
        if 0 < self.collapsed_for <= streak:
            return _collapsed(self.collapsed_for)
        return None


def streak(before: int, scores: Values, oracle: Values, samples: int) -> int:
    """Evaluations in a row that found a run collapsed: `before`, and one more, or none any more."""
    return before + 1 if of_scores(scores, oracle, samples).name == "collapsed" else 0


def sees_collapse(outputs: Any) -> bool:
    """Whether any of these outputs tells a collapsed run from others."""
    return any(limit.output(outputs) for limit in LIMITS if limit.symptom == "collapsed")


def _collapsed(evaluations: int) -> str:
    return f"collapsed for {count(evaluations, 'evaluation')}"
