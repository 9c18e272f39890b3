"""Searches whose runs are pretended: a run's final score is a function, and nothing is trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.journal import Event, Journal
from bench.ledger import Ledger
from bench.plan import Plan, Run, plan
from bench.study import parse
from bench.tuning.search import more

TEXT = """\
question: which is better, both tuned?
base: {data: ring}
factors: {r1: [off, on]}
design: search
search: {trials: 7, batch: 3}
seeds: 2
metrics: [modes]
"""
Objective = Callable[[Run], float | None]
"""Final score of a run, the lower the better; None if it has none."""


class Killed(Exception):
    """The pretended driver is no more."""


def planned(text: str = TEXT) -> Plan:
    return plan(parse(text, Path("x.yaml")), lambda recipe: None)


def study_event(direction: str = "lower") -> Event:
    """As much of it as a search goes by."""
    return {"type": "study", "primary": "score", "outputs": {"score": {"direction": direction}}}


def end(run: str, final: float | None) -> Event:
    return {"type": "end", "run": run, "verdict": "healthy", "final": {"score": final}}


class Pretended:
    """A driver that pretends to train; it dies after some events, as real ones do, between any two."""

    def __init__(self, plan: Plan, journal: Journal, objective: Objective, most: int | None = None) -> None:
        self.plan, self.journal, self.objective = plan, journal, objective
        self.left = most
        self.ledger = Ledger(journal)
        if self.ledger.study is None:
            self.ledger.take(study_event())
        self.rounds: list[tuple[Run, ...]] = []

    def run(self) -> Ledger:
        while True:
            found = more(self.plan, self.ledger)
            for event in found.events:
                self.tell(event)
            if not found.runs:
                return self.ledger
            self.rounds.append(found.runs)
            for run in found.runs:
                self.tell({"type": "start", "run": run.id})
                self.tell(end(run.id, self.objective(run)))

    def tell(self, event: Event) -> None:
        if self.left == 0:
            raise Killed
        self.left = None if self.left is None else self.left - 1
        self.journal.append(event)
        self.ledger.take(event)


def searched(plan: Plan, folder: Path, objective: Objective) -> Ledger:
    return Pretended(plan, Journal(folder / "journal.jsonl"), objective).run()


def timeless(event: Event) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "time"}
