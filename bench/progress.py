"""What a user sees while a study runs: bars on a terminal, lines with a time anywhere else."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bench.journal import Event
from bench.ledger import Ledger
from bench.tasks import Task


class View(ABC):
    """Told by the driver what happens."""

    @abstractmethod
    def begin(self, tasks: list[Task], ledger: Ledger) -> None:
        """These tasks are about to run."""

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


def title(task: Task) -> str:
    """A cohort in a few words: its arm (or how many), and its runs."""
    arms = list(dict.fromkeys(member.arm_name for member in task.members))
    name = arms[0] if len(arms) == 1 else f"{arms[0]} and {len(arms) - 1} more"
    if len(name) > 44:
        name = name[:43] + "…"
    runs = len(task.members)
    return f"{name} ({runs} {'run' if runs == 1 else 'runs'})"


class Latest:
    """The last scores of a cohort, averaged over its runs."""

    def __init__(self) -> None:
        self.text = ""

    def hear(self, events: list[Event]) -> bool:
        """Whether there were scores among the events."""
        scored = [event["metrics"] for event in events if event["type"] == "score"]
        if not scored:
            return False
        parts = []
        for name in list(scored[0])[:3]:
            known = [values[name] for values in scored if values.get(name) is not None]
            parts.append(f"{name} {sum(known) / len(known):.3g}" if known else f"{name} –")
        self.text = "  ".join(parts)
        return True


def progress_of(events: list[Event]) -> Event | None:
    """The last word on how far a cohort is."""
    found = [event for event in events if event["type"] == "cohort"]
    return found[-1] if found else None


class Bars(View):
    """One bar over everything, one a cohort at work."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            TextColumn("{task.description}", table_column=None),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[scores]}"),
            console=console,
        )
        self.overall: TaskID | None = None
        self.bars: dict[str, TaskID] = {}
        self.steps: dict[str, int] = {}
        self.latest: dict[str, Latest] = {}
        self.runs_done = 0
        self.runs = 0

    def begin(self, tasks: list[Task], ledger: Ledger) -> None:
        self.runs = sum(len(task.members) for task in tasks)
        total = sum(len(task.members) * task.members[0].recipe.steps for task in tasks)
        self.overall = self.progress.add_task(self._title(), total=total, rate="", scores="")
        self.progress.start()

    def heard(self, task: Task, events: list[Event]) -> None:
        assert self.overall is not None
        total = task.members[0].recipe.steps
        if task.id not in self.bars:
            self.bars[task.id] = self.progress.add_task("  " + title(task), total=total, rate="", scores="")
            self.latest[task.id] = Latest()
        self.latest[task.id].hear(events)
        told = progress_of(events)
        if told is not None:
            before = self.steps.get(task.id, 0)
            rate = f"{told['step'] / told['seconds']:.0f}/s" if told["seconds"] else ""
            self.progress.update(
                self.bars[task.id], completed=told["step"], rate=rate, scores=self.latest[task.id].text
            )
            self.progress.advance(self.overall, (told["step"] - before) * len(task.members))
            self.steps[task.id] = told["step"]
        self.runs_done += sum(event["type"] == "done" for event in events)
        self.progress.update(self.overall, description=self._title())

    def ended(self, task: Task, error: str | None) -> None:
        if error is not None:
            self.note(f"{title(task)} failed: {error}")
        if task.id in self.bars:
            self.progress.remove_task(self.bars.pop(task.id))

    def note(self, text: str) -> None:
        self.progress.console.print(text, markup=False, highlight=False)

    def tick(self) -> None:
        """Rich redraws by itself."""

    def end(self) -> None:
        self.progress.stop()

    def _title(self) -> str:
        return f"{self.runs_done} of {self.runs} runs"


class Lines(View):
    """A line with a time for every evaluation and every end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.latest: dict[str, Latest] = {}
        self.runs_done = 0
        self.runs = 0

    def begin(self, tasks: list[Task], ledger: Ledger) -> None:
        self.runs = sum(len(task.members) for task in tasks)
        self.note(f"{self.runs} runs in {len(tasks)} cohorts")

    def heard(self, task: Task, events: list[Event]) -> None:
        latest = self.latest.setdefault(task.id, Latest())
        told = progress_of(events)
        if latest.hear(events) and told is not None:
            rate = f"{told['step'] / told['seconds']:.0f} steps/s" if told["seconds"] else ""
            steps = task.members[0].recipe.steps
            self.note(f"{title(task)}: step {told['step']} of {steps}, {rate}, {latest.text}")
        done = sum(event["type"] == "done" for event in events)
        if done:
            self.runs_done += done
            self.note(f"{self.runs_done} of {self.runs} runs are done")

    def ended(self, task: Task, error: str | None) -> None:
        if error is not None:
            self.note(f"{title(task)} failed: {error}")

    def note(self, text: str) -> None:
        self.console.print(
            f"{time.strftime('%H:%M:%S')}  {text}", markup=False, highlight=False, soft_wrap=True
        )

    def tick(self) -> None:
        """A log needs no redrawing."""

    def end(self) -> None:
        """Every line has been printed already."""
