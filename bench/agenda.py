"""What of a study is left to do, and what comes next. Of a search, more of it is known after every batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.plan import Plan, Run
from bench.record import Record
from bench.tuning import search


@dataclass(frozen=True)
class Agenda:
    """A plan, and the record of what was done of it."""

    plan: Plan
    """As it was made: with stand-ins where a search will find out."""
    record: Record
    retry_failed: bool
    """Whether runs that failed are to be tried again."""
    only: frozenset[str]
    """Ids of the arms to run, failed runs again; empty for all."""

    @property
    def rounds(self) -> list[tuple[Run, ...]]:
        """All runs there will be, in rounds that follow each other; one round where nothing is searched."""
        return search.foreseen(self.plan, self.record.ledger)

    @property
    def pending(self) -> list[Run]:
        """Planned runs without an end (or with a failure, if those are to be tried again), in order."""
        return self.wanted(run for runs in self.rounds for run in runs)

    @property
    def left(self) -> int:
        """Planned runs without an end."""
        return sum(run.id not in self.record.ledger.ended for runs in self.rounds for run in runs)

    def wanted(self, runs: Iterable[Run]) -> list[Run]:
        """Those of these runs that are to be trained."""
        ended, again = self.record.ledger.ended, self.again()
        return [
            run
            for run in runs
            if (run.id not in ended or run.id in again) and (not self.only or run.arm in self.only)
        ]

    def again(self) -> set[str]:
        """Runs that failed, if those are to be tried again."""
        if not (self.retry_failed or self.only):
            return set()
        return {run for run, end in self.record.ledger.ended.items() if end["verdict"] == "failed"}

    def settle(self) -> None:
        """Put the winners that are known into the plan that is recorded."""
        self.record.plan = search.settled(self.plan, self.record.ledger)

    def next(self, again: set[str]) -> tuple[Run, ...]:
        """The runs that come next, written down as trials or a winner's where they are; none at the end.

        Args:
            again: Failed runs that are to be tried again and have not been.
        """
        found = search.more(self.plan, self.record.ledger, again, self.only)
        self.record.searched(found.events)
        if any(event["type"] == "winner" for event in found.events):
            self.settle()
            self.record.refresh_plan()
        return found.runs
