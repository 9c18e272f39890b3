"""What a user sees while a study runs where nobody watches a screen: lines with a time, or only warnings."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from rich.console import Console

from bench.journal import Event
from bench.tasks import Task
from bench.wording import count

_NAME = 44
_SCORES = 3
"""Scores that a line has room for."""


class View(ABC):
    """Told by the driver what happens."""

    @abstractmethod
    def begin(self, tasks: list[Task], scores: Sequence[str]) -> None:
        """These tasks are about to run, perhaps after others.

        Of their scores these are to be shown, the first ones if not all.
        """

    @abstractmethod
    def heard(self, task: Task, events: list[Event]) -> None:
        """A worker has said something."""

    @abstractmethod
    def ended(self, task: Task, error: str | None) -> None:
        """A task is over."""

    @abstractmethod
    def say(self, text: str) -> None:
        """What is being done."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Something the user should read."""

    @abstractmethod
    def tick(self) -> None:
        """Called about twice a second."""

    @abstractmethod
    def end(self) -> None:
        """Nothing more will come."""


def title(task: Task, most: int = _NAME) -> str:
    """A cohort in a few words: its arm (or how many), in at most `most` characters, and its runs."""
    arms = list(dict.fromkeys(member.arm_name for member in task.members))
    name = arms[0] if len(arms) == 1 else f"{arms[0]} and {len(arms) - 1} more"
    if len(name) > most:
        name = name[: most - 1] + "…"
    return f"{name} ({count(len(task.members), 'run')})"


class Done:
    """Runs that have come to their end, each counted once."""

    def __init__(self) -> None:
        self._runs: set[str] = set()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._runs)

    def hear(self, events: list[Event]) -> bool:
        """Whether a run has ended."""
        fresh = {event["run"] for event in events if event["type"] == "done"}
        self._runs |= fresh
        return bool(fresh)

    def over(self, task: Task) -> bool:
        """Whether all runs of a cohort have."""
        return self._runs >= {member.run for member in task.members}

    def failed(self, task: Task) -> None:
        """All runs of a failed cohort have ended."""
        self._runs |= {member.run for member in task.members}


class Latest:
    """The last scores of a cohort, averaged over its runs."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.text = ""

    def hear(self, events: list[Event]) -> bool:
        """Whether there were scores among the events."""
        scored = [event["metrics"] for event in events if event["type"] == "score"]
        if not scored:
            return False
        parts = []
        for name in self.names:
            known = [values[name] for values in scored if values.get(name) is not None]
            parts.append(f"{name} {sum(known) / len(known):.3g}" if known else f"{name} –")
        self.text = "  ".join(parts)
        return True


class Rate:
    """How fast a cohort trains, since its last word on it: the first step is slow and soon forgotten."""

    def __init__(self) -> None:
        self.step, self.seconds = 0, 0.0

    def hear(self, told: Event) -> str:
        """Steps a second, in words; nothing if no time has passed."""
        steps, seconds = told["step"] - self.step, told["seconds"] - self.seconds
        self.step, self.seconds = told["step"], told["seconds"]
        return f"{steps / seconds:.3g} steps/s" if steps > 0 and seconds > 0.0 else ""


def progress_of(events: list[Event]) -> Event | None:
    """The last word on how far a cohort is."""
    found = [event for event in events if event["type"] == "cohort"]
    return found[-1] if found else None


class Lines(View):
    """A line with a time for every evaluation and every end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.latest: dict[str, Latest] = {}
        self.rates: dict[str, Rate] = {}
        self.runs_done = Done()
        self.runs = 0
        self.scores: Sequence[str] = ()

    def begin(self, tasks: list[Task], scores: Sequence[str]) -> None:
        more = sum(len(task.members) for task in tasks)
        self.runs, self.scores = self.runs + more, scores[:_SCORES]
        self.note(f"{count(more, 'run')} in {count(len(tasks), 'cohort')}")

    def heard(self, task: Task, events: list[Event]) -> None:
        latest = self.latest.setdefault(task.id, Latest(self.scores))
        rate = self.rates.setdefault(task.id, Rate())
        scored, told = latest.hear(events), progress_of(events)
        fast = rate.hear(told) if told is not None else ""
        if scored and told is not None:
            parts = [f"step {told['step']} of {task.members[0].recipe.steps}", fast, latest.text]
            self.note(f"{title(task)}: {', '.join(part for part in parts if part)}")
        if self.runs_done.hear(events):
            self._tell()

    def ended(self, task: Task, error: str | None) -> None:
        if error is not None:
            self.note(f"{title(task)} failed: {error}")
            self.runs_done.failed(task)
            self._tell()

    def _tell(self) -> None:
        self.note(f"{self.runs_done.count} of {count(self.runs, 'run')} done")

    def say(self, text: str) -> None:
        self.note(text)

    def note(self, text: str) -> None:
        timed(self.console, text)

    def tick(self) -> None:
        """A log needs no redrawing."""

    def end(self) -> None:
        """Every line has been printed already."""


class Quiet(Lines):
    """Nothing but what the user should read."""

    def begin(self, tasks: list[Task], scores: Sequence[str]) -> None:
        """That it begins goes without saying."""

    def heard(self, task: Task, events: list[Event]) -> None:
        """That it goes on, too."""

    def ended(self, task: Task, error: str | None) -> None:
        if error is not None:
            self.note(f"{title(task)} failed: {error}")

    def say(self, text: str) -> None:
        """Left out."""


def timed(console: Console, text: str, broken: bool = False) -> None:
    """Print a text with the time of the day: in one line however long, or broken to the console's width."""
    line = f"{time.strftime('%H:%M:%S')}  {text}"
    console.print(line, markup=False, highlight=False, soft_wrap=not broken)
