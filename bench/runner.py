"""The driver: hands out cohorts, keeps the journal, tells the view; resumes by run id.

The journal is written first and MLflow follows it (`bench.tracking`); training waits for neither.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.alone import alone
from bench.announce import primary_output, scoring_digest, start_event, study_event, used
from bench.executors.base import Ended, Executor, Said
from bench.executors.local import Local
from bench.headlines import leading
from bench.journal import Event, Journal
from bench.ledger import Ledger
from bench.placement import cohort_size, cores, workers
from bench.plan import Plan, Run
from bench.progress import View
from bench.protocols import ProtocolChanged, mixture, refusal
from bench.regroup import Group, groups
from bench.tasks import Place, Scoring, Survey, Task
from gan.recipe import Choice


@dataclass(frozen=True)
class Options:
    """How to run a study; no part of any run's id."""

    results: Path = Path("results")
    device: str = "cpu"
    workers: int | None = None
    """Worker processes; None: one a core on CPUs."""
    cohort_size: int | None = None
    """Most replicas a cohort; None: looked up."""
    limit: int | None = None
    """Most runs to do this time; an interrupted cohort goes on whole."""
    compiled: bool = False
    retry_failed: bool = False
    """Whether runs that failed are to be tried again, from their checkpoint if there is one."""
    data_root: Path = Path("data")
    download: bool = False
    mix_protocols: bool = False
    """Whether to go on where runs have scores that were made in another way."""


@dataclass(frozen=True)
class Outcome:
    """How a call of `run` went."""

    ran: int
    """Runs that ended in this call."""
    left: int
    """Planned runs without an end."""
    interrupted: bool
    """Whether the user stopped it."""


class Driver:
    """One study on its way."""

    def __init__(self, plan: Plan, options: Options, view: View) -> None:
        self.plan = plan
        self.options = options
        self.view = view
        self.folder = options.results / plan.study.name
        self.journal = Journal(self.folder / "journal.jsonl")
        self.ledger = Ledger(self.journal)
        data = plan.study.base["data"]
        assert isinstance(data, Choice)
        self.scoring = Scoring(
            data=data,
            metrics=plan.study.metrics,
            samples=plan.study.samples,
            resamples=plan.study.resamples,
            evaluate_every=plan.study.evaluate_every,
            data_root=options.data_root,
            download=options.download,
            plugins=tuple(spec.file.absolute() for spec in used(plan.study) if spec.file),
        )
        self.outputs: dict[str, dict[str, Any]] = {}
        self.news: Callable[[], str | None] = lambda: None
        """Asked about twice a second for something the user should read."""

    @property
    def pending(self) -> list[Run]:
        """Planned runs without an end (or with a failure, if those are to be tried again), in order."""
        ended = self.ledger.ended
        again = {
            run for run, end in ended.items() if end["verdict"] == "failed" and self.options.retry_failed
        }
        return [run for run in self.plan.runs if run.id not in ended or run.id in again]

    def run(self) -> Outcome:
        """Train and score whatever is left.

        Raises:
            gan.data.errors.DataError: The data cannot be had.
            bench.protocols.ProtocolChanged: Planned runs have scores that were made in another way.
            bench.alone.NotAlone: Another process runs this study.
            bench.alone.NotWritable: The results folder cannot be written to.
        """
        with alone(self.folder):
            self.journal.mend()
            # Another driver may have come and gone since the plan was made.
            self.ledger = Ledger(self.journal)
            return self._run()

    def _run(self) -> Outcome:
        pending = self.pending[: self.options.limit]
        if not pending:
            self._refresh_plan()
            return Outcome(0, len(self.pending), interrupted=False)
        limit = self.options.cohort_size
        size = (lambda recipe: limit) if limit else cohort_size(self.options.device)
        found = groups(self.plan, pending, self.ledger, self.folder / "checkpoints", size)
        count = self.options.workers or workers(self.options.device, len(found))
        self.view.note("Starting the workers, and scoring the oracle: real data against real data.")
        executor = Local(count, self.options.device)
        before = len(self.pending)
        try:
            with _interrupts(executor.stop, self.view.note) as interrupted:
                self._record_plan(executor.survey(self.scoring))
                tasks = self._tasks(found, count)
                primary = primary_output(self.plan.study, self.outputs)
                self.view.begin(list(tasks.values()), leading(primary, self.outputs))
                for task in tasks.values():
                    if not interrupted():
                        executor.submit(task)
                self._follow(executor, tasks, interrupted)
        finally:
            executor.close()
            self.view.end()
        return Outcome(before - len(self.pending), len(self.pending), interrupted())

    def _follow(self, executor: Executor, tasks: dict[str, Task], interrupted: Callable[[], bool]) -> None:
        """Keep the record until nothing is under way."""
        while executor.busy:
            for news in executor.wait(timeout=0.5):
                task = tasks[news.task]
                if isinstance(news, Said):
                    self._record(news.events)
                    self.view.heard(task, news.events)
                elif not (news.error and interrupted()):
                    # A worker that dies while everything stops is resumed, like any that was stopped.
                    self._close(task, news)
            if (sentence := self.news()) is not None:
                self.view.note(sentence)
            self.view.tick()

    def _record(self, events: list[Event]) -> None:
        """Journal a worker's events; what it says of a run's end becomes a verdict here."""
        kept = []
        for event in events:
            if event["type"] in ("start", "train", "score", "image"):
                kept.append({"time": time.time(), **event})
            elif event["type"] == "done" and event["run"] not in self.ledger.ended:
                kept.append({"time": time.time(), **self.ledger.ending(event, self.outputs)})
            for fresh in kept[-1:]:
                self.ledger.take(fresh)
        self.journal.append(*kept)

    def _close(self, task: Task, ended: Ended) -> None:
        """A task is over; if it failed, its runs have failed with it and keep their place in the table."""
        self.view.ended(task, ended.error)
        if ended.error is None:
            return
        log = self.folder / "failures.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"cohort {task.id}: {ended.error}\n{ended.details}\n")
        for member in task.members:
            if member.run not in self.ledger.ended:
                if member.run not in self.ledger.started:
                    self._record([start_event(task, member)])
                event = self.ledger.ending({"run": member.run}, self.outputs, ended.error)
                self.journal.append(event)
                self.ledger.take(event)

    def _refresh_plan(self) -> None:
        """Nothing is left to run, but the plan may read differently now (an arm dropped, a new question)."""
        known = self.ledger.study
        if known and known["scoring"] == scoring_digest(self.plan):
            self._append_plan(known["outputs"], known["protocol"])

    def _record_plan(self, survey: Survey) -> None:
        if (mixed := mixture([run.id for run in self.plan.runs], self.ledger, survey.protocol)) is not None:
            if not self.options.mix_protocols:
                raise ProtocolChanged(refusal(mixed))
            self.view.note(f"{mixed}; going on all the same.")
        self.outputs = survey.outputs
        self._append_plan(survey.outputs, survey.protocol)
        if self.ledger.oracle != survey.oracle:
            event = {"type": "oracle", "scores": survey.oracle}
            self.journal.append(event)
            self.ledger.take(event)

    def _append_plan(self, outputs: dict[str, Any], protocol: dict[str, Any]) -> None:
        event = study_event(self.plan, outputs, protocol)
        known = self.ledger.study or {}
        if {**event, "time": 0} != {**known, "time": 0}:
            self.journal.append(event)
            self.ledger.take(event)

    def _tasks(self, found: list[Group], count: int) -> dict[str, Task]:
        # One thread a worker as long as every core has a worker: results do not hang on the core count.
        threads = max(1, cores() // count) if self.options.device == "cpu" else 1
        fresh = Place(self.options.device, threads, self.options.compiled)
        tasks = {}
        for group in found:
            # Threads and compilation stay as they were: a resumed run ends bit for bit as it would have.
            place = replace(group.place or fresh, device=self.options.device)
            if group.place and group.place != place:
                self.view.note(
                    f"{len(group.members)} interrupted runs go on on {place.device} instead of "
                    f"{group.place.device}: not bit for bit as they would have."
                )
            tasks[group.id] = Task(
                group.id, group.members, self.scoring, place, self.folder, self.ledger.protocol
            )
        return tasks


@contextmanager
def _interrupts(stop: Callable[[], None], note: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Ctrl-C (or SIGTERM) asks for a stop at the next checkpoint; a second one stops at once."""
    asked: list[bool] = []

    def handle(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        note("Stopping at the next checkpoint; press Ctrl-C again to stop at once.")
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
