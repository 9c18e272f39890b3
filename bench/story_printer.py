"""Prints the story of a run and the logs of its cohorts, and what is added to either."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text

from bench.cells import clean
from bench.finding import Known
from bench.shell import say
from bench.story import Story
from bench.tasks import log_of


class Printer:
    """What has been printed of a run."""

    def __init__(self, known: Known, console: Console) -> None:
        self.story = Story(known)
        self._console = console
        self._read: dict[str, int] = {}
        """Cohort -> bytes of its log that have been printed."""
        self._told = 0
        """Evaluations that have been printed."""

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.story.ended is not None

    def whole(self) -> None:
        """All that there is so far: the story, the scores, the logs."""
        known = self.story.known
        self._console.print(
            Text.assemble((clean(known.name), "bold"), f"  {known.run}, of {known.folder.name}")
        )
        told = list(self.story.news(time.time()))
        for line in told:
            say(self._console, line)
        if not told:
            say(self._console, "It is planned and has not started.")
        if table := self.story.table():
            say(self._console, "")
            for line in table:
                say(self._console, line)
        self._told = len(self.story.scores)
        self._logs()

    def more(self) -> None:
        """What has come since."""
        for line in self.story.news(time.time()):
            say(self._console, line)
        if len(self.story.scores) > self._told:
            self._told = len(self.story.scores)
            say(self._console, self.story.latest())
        self._logs()

    def _logs(self) -> None:
        for cohort in self.story.cohorts:
            path = log_of(self.story.known.folder, cohort)
            if cohort not in self._read:
                self._read[cohort] = 0
                say(self._console, "")
                if not path.exists():
                    say(self._console, f"There is no log of cohort {cohort}: {path}")
                    continue
                self._console.print(Text(f"Log of cohort {cohort}: {path}", style="bold"), soft_wrap=True)
            self._print_log(cohort)

    def _print_log(self, cohort: str) -> None:
        try:
            file = log_of(self.story.known.folder, cohort).open("rb")
        except OSError:
            return
        with file:
            file.seek(self._read[cohort])
            for line in file:
                if not line.endswith(b"\n") and not self.over:
                    return
                self._read[cohort] += len(line)
                # Indentation tells a traceback's lines apart; control characters are not for this terminal.
                text = line.decode("utf-8", errors="replace").rstrip()
                indent = text[: len(text) - len(text.lstrip(" "))]
                say(self._console, indent + clean(text))
