"""What a person at a terminal sees while a study runs: one picture, drawn anew, beneath the warnings.

The picture is the fold of the journal that `ganbench status` shows. There is no thread: the driver asks for a
picture between two words with its workers, and gets at most four a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bench.frame import frame
from bench.journal import Event
from bench.journal_tail import Tail
from bench.progress import View, timed, title
from bench.standing import Standing, read
from bench.tasks import Task
from bench.tracking import Standing as Record
from bench.tracking import standing as record_of

_PICTURE = 0.25
"""Seconds between two pictures."""
_RECORD = 2.0
"""Seconds between two looks at what MLflow has, at the least."""
_SHARE = 100.0
"""Times as long as a look takes, until the next."""


class Screen(View):
    """The picture and, above it, what the user should read."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.console = console
        self.standing = Standing()
        self._clock = clock
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._tail: Tail | None = None
        self._record: Record | None = None
        self._drawn, self._due = -_PICTURE, 0.0

    def begin(self, tasks: list[Task], scores: Sequence[str]) -> None:
        if self._tail is None:
            self.standing, self._tail = read(tasks[0].folder / "journal.jsonl")
            self._live.start()
        self.tick()

    def heard(self, task: Task, events: list[Event]) -> None:
        """The journal has it."""

    def ended(self, task: Task, error: str | None) -> None:
        if error is not None:
            self.note(f"{title(task)} failed: {error}")

    def say(self, text: str) -> None:
        self.note(text)

    def note(self, text: str) -> None:
        # Broken between words: whoever sees this has a screen, not a file.
        timed(self.console, text, broken=True)

    def tick(self) -> None:
        if self._tail is None or self._clock() - self._drawn < _PICTURE:
            return
        if (begin := self._clock()) >= self._due:
            self._record = record_of(self._tail.path.parent)
            # What MLflow is far behind takes time to count; the workers come first.
            self._due = begin + max(_RECORD, _SHARE * (self._clock() - begin))
        self._draw(self._tail)

    def end(self) -> None:
        if self._tail is not None:
            # What MLflow has is said after it has had its time.
            self._record = None
            self._draw(self._tail)
        self._live.stop()

    def _draw(self, tail: Tail) -> None:
        for event in tail.news():
            self.standing.take(event)
        width, height = self.console.size
        lines = frame(self.standing, self._record, time.time(), width, max(3, height - 2))
        self._live.update(Group(Text(), *lines), refresh=True)
        self._drawn = self._clock()
