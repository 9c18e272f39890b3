"""What a program sees while a study runs: one JSON object a line, as `ganbench run --json` prints them.

Every object has an `event` and a `time`, in seconds since the epoch:

    begin      study, runs, done, cohorts, workers: [device]   planned runs, those that have an outcome
    progress   cohort, name, runs: [run], worker, step, steps, steps_per_second, scores: {output: mean},
               done, seconds_left                  at every evaluation, else no more than every five seconds
    run        run, name, verdict, onset, reason, scores: {output: value}, seconds       a run has ended
    warning    cohort, kind, sentence, log         what went wrong, and what is done about it
    note       sentence                            for a person to read
    end        status, how, sentences, next, ...   exit status; the command that goes on from here, or null
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from bench.journal import Event
from bench.journal_tail import Tail
from bench.progress import View
from bench.standing import Standing, read
from bench.tasks import Task

_PROGRESS = 5.0
"""Seconds between two words on a cohort that has no new scores."""


class JsonView(View):
    """Prints an object a line."""

    def __init__(self, file: TextIO, clock: Callable[[], float] = time.time) -> None:
        self.standing = Standing()
        self._file = file
        self._clock = clock
        self._tail: Tail | None = None
        self._names: dict[str, str] = {}
        self._told: dict[str, float] = {}
        """Cohort -> when there was a word on it."""

    def emit(self, event: str, **content: object) -> None:
        """Print one object."""
        print(json.dumps({"event": event, "time": self._clock(), **content}), file=self._file, flush=True)

    def begin(self, tasks: list[Task], scores: Sequence[str]) -> None:
        if self._tail is not None:
            # Another round of a search: its trials are in the journal.
            return
        self.standing, self._tail = read(tasks[0].folder / "journal.jsonl")
        study, driver = self.standing.study or {}, self.standing.driver or {}
        self.emit(
            "begin",
            study=study.get("name"),
            runs=self.standing.planned,
            done=self.standing.done,
            cohorts=len(tasks),
            workers=driver.get("devices", []),
        )

    def heard(self, task: Task, events: list[Event]) -> None:
        """The journal has it."""

    def ended(self, task: Task, error: str | None) -> None:
        """The journal has it."""

    def say(self, text: str) -> None:
        self.note(text)

    def note(self, text: str) -> None:
        self.emit("note", sentence=text)

    def tick(self) -> None:
        for event in self._tail.news() if self._tail else ():
            self.standing.take(event)
            self._tell(event)

    def end(self) -> None:
        self.tick()

    def _tell(self, event: Event) -> None:
        match event["type"]:
            case "start":
                self._names[event["run"]] = event["name"]
            case "score":
                self._scored(event["run"])
            case "cohort":
                self._progress(event["cohort"])
            case "trouble":
                self.emit("warning", **{key: event.get(key) for key in ("cohort", "kind", "sentence", "log")})
            case "end":
                told: dict[str, Any] = {
                    key: event.get(key) for key in ("verdict", "onset", "reason", "seconds")
                }
                name = self._names.pop(event["run"], None)
                self.emit("run", run=event["run"], name=name, **told, scores=event.get("final"))

    def _scored(self, run: str) -> None:
        """The next word on the run's cohort is worth telling."""
        for cohort, work in self.standing.working.items():
            if run in work.runs:
                self._told.pop(cohort, None)

    def _progress(self, cohort: str) -> None:
        work, now = self.standing.working.get(cohort), self._clock()
        if work is None or now - self._told.get(cohort, 0.0) < _PROGRESS:
            return
        self._told[cohort] = now
        self.emit(
            "progress",
            cohort=cohort,
            name=work.title,
            runs=list(work.runs),
            worker=work.worker,
            step=work.step,
            steps=work.steps,
            steps_per_second=work.rate,
            scores={name: work.mean(name) for name in self.standing.outputs},
            done=self.standing.done,
            seconds_left=self.standing.time_left(now),
        )
