"""What a user sees while a study runs: bars on a terminal, lines with a time anywhere else."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bench.journal import Event
from bench.tasks import Task
from bench.wording import count

_ROOMY = 100
"""Columns of a terminal that has room for everything."""
_NAME = 44
_NARROW_NAME = 24
_SCORES = 3
"""Scores that a line has room for."""


class View(ABC):
    """Told by the driver what happens."""

    @abstractmethod
    def begin(self, tasks: list[Task], scores: Sequence[str]) -> None:
        """These tasks are about to run; of their scores these are to be shown, the first ones if not all."""

    @abstractmethod
    def heard(self, task: Task, events: list[Event]) -> None:
        """A worker has said something."""

    @abstractmethod
    def ended(self, task: Task, error: str | None) -> None:
        """A task is over."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Something the user should read."""

    @abstractmethod
    def tick(self) -> None:
        """Called about twice a second."""

    @abstractmethod
    def end(self) -> None:
        """Nothing more will come."""


def view_for(console: Console) -> View:
    """Bars if a person watches, lines otherwise."""
    return Bars(console) if console.is_terminal else Lines(console)


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


class Bars(View):
    """One bar over everything, one a cohort at work."""

    def __init__(self, console: Console) -> None:
        self.console = console
        # What a narrow terminal has no room for is left out, never the counts.
        roomy = console.width >= _ROOMY
        self.most = _NAME if roomy else _NARROW_NAME
        columns: list[ProgressColumn] = [TextColumn("{task.description}", markup=False)]
        columns += [BarColumn(bar_width=24)] if roomy else []
        columns += [MofNCompleteColumn()]
        columns += [TextColumn("{task.fields[rate]}"), TimeElapsedColumn()] if roomy else []
        columns += [TimeRemainingColumn()]
        columns += [TextColumn("{task.fields[scores]}")] if roomy else []
        self.progress = Progress(*columns, console=console)
        self.overall: TaskID | None = None
        self.bars: dict[str, TaskID] = {}
        self.steps: dict[str, int] = {}
        self.latest: dict[str, Latest] = {}
        self.rates: dict[str, Rate] = {}
        self.runs_done = Done()
        self.runs = 0
        self.scores: Sequence[str] = ()

    def begin(self, tasks: list[Task], scores: Sequence[str]) -> None:
        self.runs, self.scores = sum(len(task.members) for task in tasks), scores[:_SCORES]
        total = sum(len(task.members) * task.members[0].recipe.steps for task in tasks)
        self.overall = self.progress.add_task(self._title(), total=total, rate="", scores="")
        self.progress.start()

    def heard(self, task: Task, events: list[Event]) -> None:
        if task.id not in self.bars:
            total = task.members[0].recipe.steps
            self.bars[task.id] = self.progress.add_task(
                "  " + title(task, self.most), total=total, rate="", scores=""
            )
            self.latest[task.id], self.rates[task.id] = Latest(self.scores), Rate()
        self.latest[task.id].hear(events)
        if (told := progress_of(events)) is not None:
            self.progress.update(
                self.bars[task.id],
                completed=told["step"],
                rate=self.rates[task.id].hear(told),
                scores=self.latest[task.id].text,
            )
            self._advance(task, told["step"])
        if self.runs_done.hear(events):
            # Runs that diverged, all of a cohort, end before their last step.
            self._advance(task, task.members[0].recipe.steps)

    def ended(self, task: Task, error: str | None) -> None:
        if error is not None:
            self.note(f"{title(task)} failed: {error}")
            self.runs_done.failed(task)
            self._advance(task, task.members[0].recipe.steps)
        if task.id in self.bars:
            self.progress.remove_task(self.bars.pop(task.id))

    def _advance(self, task: Task, step: int) -> None:
        """Move the bar over everything to where this cohort is now."""
        assert self.overall is not None
        self.progress.advance(self.overall, (step - self.steps.get(task.id, 0)) * len(task.members))
        self.steps[task.id] = step
        self.progress.update(self.overall, description=self._title())

    def note(self, text: str) -> None:
        self.progress.console.print(text, markup=False, highlight=False)

    def tick(self) -> None:
        """Rich redraws by itself."""

    def end(self) -> None:
        self.progress.stop()

    def _title(self) -> str:
        return f"{self.runs_done.count} of {count(self.runs, 'run')}"


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
        self.runs, self.scores = sum(len(task.members) for task in tasks), scores[:_SCORES]
        self.note(f"{count(self.runs, 'run')} in {count(len(tasks), 'cohort')}")

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

    def note(self, text: str) -> None:
        self.console.print(
            f"{time.strftime('%H:%M:%S')}  {text}", markup=False, highlight=False, soft_wrap=True
        )

    def tick(self) -> None:
        """A log needs no redrawing."""

    def end(self) -> None:
        """Every line has been printed already."""
