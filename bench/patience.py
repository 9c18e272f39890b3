"""What becomes of a task that failed: tried again, halved, or given up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bench.executors.base import Ended
from bench.tasks import Task

Fate = Literal["again", "halves", "failed"]
RETRIES = 3


@dataclass
class Patience:
    """Counts how often a cohort was lost without having come any further in between.

    A machine that is often restarted must not use up the patience with a cohort that gets on all the same.
    """

    retries: int = RETRIES
    _reached: dict[str, int] = field(default_factory=dict)
    """Cohort -> how far it is now."""
    _lost_at: dict[str, int] = field(default_factory=dict)
    """Cohort -> how far it was when it was lost before."""
    _lost: dict[str, int] = field(default_factory=dict)
    """Cohort -> losses in a row."""

    def advanced(self, cohort: str, step: int) -> None:
        """A cohort is at this step."""
        self._reached[cohort] = max(step, self._reached.get(cohort, 0))

    def fate(self, task: Task, ended: Ended, retried: bool = False) -> Fate:
        """What is to be done about a task that has failed.

        Args:
            task: The task.
            ended: How it failed.
            retried: Whether the executor has tried it again by itself, as often as it may: then it is
                submitted again only if it has come further all the same.
        """
        if ended.kind == "memory":
            return "halves" if len(task.members) > 1 else "failed"
        if ended.kind == "error":
            return "failed"
        reached = self._reached.get(task.id, 0)
        further = reached > self._lost_at.get(task.id, 0)
        self._lost[task.id] = 1 if further else self._lost.get(task.id, 0) + 1
        self._lost_at[task.id] = reached
        if retried:
            return "again" if further and self.retries else "failed"
        return "again" if self._lost[task.id] <= self.retries else "failed"

    def losses(self, cohort: str) -> int:
        """How often in a row it has been lost."""
        return self._lost.get(cohort, 0)
