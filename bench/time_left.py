"""How long the rest of a study takes, from what its runs have taken so far.

A run costs what the runs of its arm have cost on average, training and scoring; an arm without one what all
runs have. Every number is kept up to date event by event: asking costs the same for ten runs and a million.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Costs:
    """Seconds of a worker's time that the runs which are left will take."""

    def __init__(self) -> None:
        self._left: Counter[str] = Counter()
        """Arm -> runs that are left."""
        self._spent: dict[str, tuple[float, int]] = {}
        """Arm -> seconds that its runs took, and how many those were."""
        self._all = 0.0, 0
        """The same of all arms."""
        self._known = 0.0
        """Cost of what is left of the arms in `_spent`."""
        self._unknown = 0
        """Runs that are left of the other arms."""

    def plan(self, arms: Iterable[str]) -> None:
        """What is left now: the arm of each run."""
        self._left = Counter(arms)
        self._known, self._unknown = 0.0, 0
        for arm in self._left:
            self._count(arm, 1)

    def expect(self, arm: str, runs: int) -> None:
        """So many runs more are left of an arm; fewer if negative."""
        self._count(arm, -1)
        self._left[arm] += runs
        self._count(arm, 1)

    def learn(self, arm: str, seconds: float) -> None:
        """A run of an arm has taken so long."""
        self._count(arm, -1)
        spent, runs = self._spent.get(arm, (0.0, 0))
        self._spent[arm] = spent + seconds, runs + 1
        self._all = self._all[0] + seconds, self._all[1] + 1
        self._count(arm, 1)

    def of(self, arm: str) -> float | None:
        """What a run of an arm costs; None if none has ended."""
        if arm not in self._spent:
            return None
        spent, runs = self._spent[arm]
        return spent / runs

    @property
    def mean(self) -> float | None:
        """What a run of any arm costs; None if none has ended."""
        return self._all[0] / self._all[1] if self._all[1] else None

    def total(self, otherwise: float) -> float:
        """What all that is left costs, where a run of an arm that has ended none costs `otherwise`."""
        return max(0.0, self._known + self._unknown * otherwise)

    def _count(self, arm: str, sign: int) -> None:
        cost = self.of(arm)
        if cost is None:
            self._unknown += sign * self._left[arm]
        else:
            self._known += sign * self._left[arm] * cost
