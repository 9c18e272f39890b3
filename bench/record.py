"""A study's record while it is being made: the journal, and the fold of it that the driver decides by."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.announce import scoring_digest, start_event, study_event
from bench.journal import Event, Journal
from bench.ledger import Ledger
from bench.plan import Plan
from bench.tasks import Survey, Task, checkpoint_of
from bench.wording import count
from gan.generations import discard

KEPT = ("start", "train", "score", "image", "task", "cohort", "trouble")
"""What a worker says that goes into the journal as it is."""


@dataclass(frozen=True)
class Past:
    """A study's journal, and what it says so far: of a large one that takes seconds to read."""

    journal: Journal
    size: int
    """Bytes that have been read, at least."""
    ledger: Ledger

    @classmethod
    def of(cls, folder: Path) -> Past:
        """Of the study in this folder."""
        journal = Journal(folder / "journal.jsonl")
        return cls(journal, journal.size, Ledger(journal))


class Record:
    """Written first, before anybody else knows."""

    def __init__(self, plan: Plan, folder: Path, past: Past | None = None) -> None:
        past = past or Past.of(folder)
        self.plan = plan
        self.folder = folder
        self.journal = past.journal
        self._known = past.size
        self.ledger = past.ledger
        self.outputs: dict[str, dict[str, Any]] = {}
        """What the metrics report; known once somebody has looked at the data."""

    def read_again(self, tell: Callable[[str], None]) -> None:
        """Take over a journal that others have written to, and make it fit for writing.

        `tell` hears of its damaged lines.
        """
        self.journal.mend()
        # It only ever grows: of the same size it says the same.
        if self.journal.size != self._known:
            self.ledger = Ledger(self.journal)
        if self.journal.damage:
            tell(self.journal.damage)
        if fresh := self.journal.damaged - self.ledger.drawn:
            self._begin_anew(fresh)

    def _begin_anew(self, damaged: Collection[int]) -> None:
        """A lost line may have held a score that a checkpoint lies beyond: it is made again."""
        if not (under_way := self.ledger.unfinished_cohorts):
            return
        for cohort in under_way:
            discard(checkpoint_of(self.folder, cohort))
        sentence = f"{count(len(damaged), 'damaged line')} in the journal: what was under way begins anew"
        self.told("trouble", cohort=None, kind="damage", sentence=sentence, log=[], lines=sorted(damaged))

    def take(self, events: list[Event]) -> None:
        """Write down what a worker says; what it says of a run's end becomes a verdict here."""
        kept = []
        for event in events:
            if event["type"] in KEPT:
                fresh = {"time": time.time(), **event}
            elif event["type"] == "done" and event["run"] not in self.ledger.ended:
                fresh = {"time": time.time(), **self.ledger.ending(event, self.outputs)}
            else:
                continue
            self.ledger.take(fresh)
            kept.append(fresh)
        self.journal.append(*kept)

    def told(self, event_type: str, **content: object) -> None:
        """Write down an event of the driver's own."""
        event = {"type": event_type, **content}
        self.journal.append(event)
        self.ledger.take(event)

    def searched(self, events: Sequence[Event]) -> None:
        """Write down trials and winners, before any of their runs starts."""
        self.journal.append(*events)
        for event in events:
            self.ledger.take(event)

    def give_up(self, task: Task, error: str, log: list[str]) -> None:
        """The runs of a task have failed with it and keep their place in the table."""
        for member in task.members:
            if member.run not in self.ledger.ended:
                if member.run not in self.ledger.started:
                    self.take([start_event(task, member)])
                self.told(**self._failure(member.run, error, log))

    def _failure(self, run: str, error: str, log: list[str]) -> dict[str, Any]:
        event = self.ledger.ending({"run": run, "log": log}, self.outputs, error)
        return {"event_type": event.pop("type"), **event}

    def plan_with(self, survey: Survey) -> None:
        """Write down the plan, and what real data scores, unless that is what was known already."""
        self.outputs = survey.outputs
        self._plan(survey.outputs, survey.protocol)
        if self.ledger.oracle != survey.oracle:
            self.told("oracle", scores=survey.oracle)

    def refresh_plan(self) -> None:
        """Nothing is left to run, but the plan may read differently now (an arm dropped, a new question)."""
        known = self.ledger.study
        if known and known["scoring"] == scoring_digest(self.plan):
            self._plan(known["outputs"], known["protocol"])

    @property
    def is_planned(self) -> bool:
        """Whether the plan is written down as it reads now."""
        known = self.ledger.study
        return known is not None and not self._news(known["outputs"], known["protocol"])

    def _plan(self, outputs: dict[str, Any], protocol: dict[str, Any]) -> None:
        if event := self._news(outputs, protocol):
            self.journal.append(event)
            self.ledger.take(event)

    def _news(self, outputs: dict[str, Any], protocol: dict[str, Any]) -> Event | None:
        """The plan, if it is not the one that is written down."""
        event, known = study_event(self.plan, outputs, protocol), self.ledger.study or {}
        return event if {**event, "time": 0} != {**known, "time": 0} else None

    def tidy(self) -> None:
        """Drop checkpoints of cohorts that are over: that were split, or killed in their last moment."""
        for cohort in self.ledger.finished_cohorts:
            discard(checkpoint_of(self.folder, cohort))
