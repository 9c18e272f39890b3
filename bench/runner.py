"""The driver: hands out cohorts, keeps the record, tells the view; resumes by run id.

The journal is written first and MLflow follows it (`bench.tracking`); training waits for neither. Neither
torch nor mlflow is imported here: what needs them runs in other processes.
"""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from bench.agenda import Agenda
from bench.alone import alone
from bench.announce import primary_output, used
from bench.cohort_log import tail
from bench.errands import Layout
from bench.executors.base import Ended, Executor, Said
from bench.executors.local import Local
from bench.headlines import leading
from bench.journal import Event
from bench.options import Options as Options
from bench.options import Outcome as Outcome
from bench.patience import Patience
from bench.plan import Plan, Run
from bench.progress import View, title
from bench.protocols import ProtocolChanged, mixture, refusal
from bench.record import Past, Record
from bench.regroup import Group, groups, halves
from bench.tasks import Place, Scoring, Survey, Task
from bench.tracking.address import redact
from bench.wording import count
from gan.recipe import Choice, Recipe
from gan.room import Room, Stopped

Start = Callable[[Sequence[str]], Executor]
"""Starts the workers, one on each of these devices."""


def local(devices: Sequence[str]) -> Executor:
    """Child processes of this one."""
    return Local(devices)


class Driver:
    """One study on its way."""

    def __init__(
        self,
        layout: Layout,
        options: Options,
        view: View,
        start: Start = local,
        past: Past | None = None,
    ) -> None:
        plan = layout.plan
        self.layout = layout
        self.sizes = layout.sizes
        """Structure -> most replicas that train together; empty where nothing is left to train."""
        self.options = options
        self.view = view
        self.start = start
        self.folder = options.results / plan.study.name
        self.record = Record(plan, self.folder, past)
        self.agenda = Agenda(plan, self.record, options.retry_failed, options.only)
        self.agenda.settle()
        self.patience = Patience(options.retries)
        self.tasks: dict[str, Task] = {}
        data = plan.study.base["data"]
        assert isinstance(data, Choice)
        self.scoring = Scoring(
            data=data,
            metrics=plan.study.metrics,
            samples=plan.study.samples,
            resamples=plan.study.resamples,
            evaluate_every=plan.study.evaluate_every,
            stop_when=plan.study.stop_when,
            data_root=options.data_root,
            download=options.download,
            plugins=tuple(spec.file.absolute() for spec in used(plan.study) if spec.file),
        )
        self.news: Callable[[], str | None] = lambda: None
        """Asked about twice a second for something the user should read."""

    @property
    def plan(self) -> Plan:
        """What there is to do, with the winners that a search has found so far."""
        return self.record.plan

    def run(self) -> Outcome:
        """Train and score whatever is left.

        Raises:
            gan.data.errors.DataError: The data cannot be had.
            bench.protocols.ProtocolChanged: Planned runs have scores that were made in another way.
            bench.alone.NotAlone: Another process runs this study.
            bench.alone.NotWritable: The results folder cannot be written to.
        """
        with alone(self.folder, self.options.command):
            # Another driver may have come and gone since the plan was made.
            self.record.read_again(self.view.note)
            self.agenda.settle()
            return self._run()

    def _run(self) -> Outcome:
        before = {run.id for run in self.agenda.pending}
        # A plan whose line was lost is written anew, even if nothing is left to run.
        if not before and (self.record.ledger.study or not self.record.ledger.ended):
            self.record.refresh_plan()
            return Outcome(0, self.agenda.left, interrupted=False)
        # Rounds of a search follow each other: the widest says how many workers there is work for.
        widest = max(
            len(self._groups(self.agenda.wanted(runs)[: self.options.limit])) for runs in self.agenda.rounds
        )
        self.view.say("Starting the workers, and scoring the oracle: real data against real data.")
        executor = self.start(self.layout.devices[: max(1, widest)])
        try:
            with _interrupts(executor.stop, self.view.note) as interrupted:
                self.record.journal.room = Room("the study", self.view.note, interrupted)
                self._plan(executor.survey(self.scoring))
                with self._present(executor, interrupted):
                    self._rounds(executor, interrupted)
        except Stopped:
            pass  # while the disk was full: what could not be written down is done again
        finally:
            executor.close()
            self.view.end()
        self.record.tidy()
        ran = len(before) - len(self.agenda.pending)
        return Outcome(ran, self.agenda.left, interrupted())

    def _rounds(self, executor: Executor, interrupted: Callable[[], bool]) -> None:
        """Train what comes next, until nothing does; designs that search nothing are one round."""
        again, room = self.agenda.again(), self.options.limit
        while room != 0 and not interrupted() and (runs := self.agenda.next(again)[:room]):
            self._train(executor, self._groups(runs), interrupted)
            again -= {run.id for run in runs}
            room = None if room is None else room - len(runs)

    def _groups(self, runs: Sequence[Run]) -> list[Group]:
        return groups(self.plan, runs, self.record.ledger, self.folder / "checkpoints", self.size)

    def size(self, recipe: Recipe) -> int:
        """Most replicas of this recipe's structure that train together; 1 where nobody has found out."""
        return self.sizes.get(recipe.structure(), 1)

    @contextmanager
    def _present(self, executor: Executor, interrupted: Callable[[], bool]) -> Iterator[None]:
        """Who drives the study, from when to when, for whoever reads the journal."""
        here = {"host": platform.node(), "pid": os.getpid()}
        devices = list(executor.devices)
        command = redact(self.options.command)
        self.record.told(
            "driver", phase="begin", **here, executor=executor.name, devices=devices, command=command
        )
        how = "failed"
        try:
            yield
            how = "interrupted" if interrupted() else "done"
        except KeyboardInterrupt:
            how = "interrupted"
            raise
        finally:
            self.record.told("driver", phase="end", **here, how=how)

    def _train(self, executor: Executor, found: list[Group], interrupted: Callable[[], bool]) -> None:
        self.tasks = self._tasks(found, executor)
        primary = primary_output(self.plan.study, self.record.outputs)
        self.view.begin(list(self.tasks.values()), leading(primary, self.record.outputs))
        for task in list(self.tasks.values()):
            if not interrupted():
                executor.submit(task)
        self._follow(executor, interrupted)

    def _follow(self, executor: Executor, interrupted: Callable[[], bool]) -> None:
        """Keep the record until nothing is under way."""
        while executor.busy:
            for news in executor.wait(timeout=0.5):
                task = self.tasks[news.task]
                if isinstance(news, Said):
                    self._heard(news.events)
                    self.view.heard(task, news.events)
                elif news.error is None:
                    self.view.ended(task, None)
                elif not interrupted():
                    # A worker that dies while everything stops is resumed, like any that was stopped.
                    self._failed(executor, task, news)
            if (sentence := self.news()) is not None:
                self.view.note(sentence)
                self.record.told("trouble", cohort=None, kind="mlflow", sentence=sentence)
            self.view.tick()

    def _heard(self, events: list[Event]) -> None:
        self.record.take(events)
        for event in events:
            if event["type"] == "cohort":
                self.patience.advanced(event["cohort"], event["step"])
            elif event["type"] == "trouble":
                self.view.note(f"{title(self.tasks[event['cohort']])}: {event['sentence']}")

    def _plan(self, survey: Survey) -> None:
        """Record the plan, unless scores would be made in two ways. Raises ProtocolChanged."""
        runs = [run.id for runs in self.agenda.rounds for run in runs]
        if (mixed := mixture(runs, self.record.ledger, survey.protocol)) is not None:
            if not self.options.mix_protocols:
                raise ProtocolChanged(refusal(mixed))
            self.view.note(f"{mixed}; going on all the same.")
        self.record.plan_with(survey)

    def _failed(self, executor: Executor, task: Task, ended: Ended) -> None:
        """A task has failed: what it was doing is tried again, in parts, or recorded as failed."""
        fate = self.patience.fate(task, ended, executor.retries_itself)
        then = {"again": "tried again", "halves": "going on in halves", "failed": "given up"}[fate]
        if fate == "again" and not executor.retries_itself:
            then += f" ({self.patience.losses(task.id)} of {count(self.options.retries, 'time')})"
        log = tail(task.log)
        sentence = f"{ended.error}; {then}"
        self.record.told("trouble", cohort=task.id, kind=ended.kind, sentence=sentence, log=log)
        if fate == "again":
            self.view.note(f"{title(task)}: {sentence}")
            self._submit(executor, replace(task, attempt=task.attempt + 1))
        elif fate == "halves":
            self.view.note(f"{title(task)}: {sentence}")
            parts = halves(task.members)
            self.record.told("split", cohort=task.id, into=[[m.run for m in part.members] for part in parts])
            for part in parts:
                half = replace(task, id=part.id, members=part.members, origin=task.id, attempt=1)
                self._submit(executor, half)
        else:
            self.view.ended(task, ended.error)
            self.record.give_up(task, ended.error or "", log)

    def _submit(self, executor: Executor, task: Task) -> None:
        self.tasks[task.id] = task
        executor.submit(task)

    def _tasks(self, found: list[Group], executor: Executor) -> dict[str, Task]:
        device = executor.devices[0]
        fresh = Place(device, executor.threads, self.options.compiled)
        tasks = {}
        for group in found:
            # Threads and compilation stay as they were: a resumed run ends bit for bit as it would have.
            place = replace(group.place or fresh, device=device)
            if group.place and _kind(group.place.device) != _kind(place.device):
                self.view.note(
                    f"{len(group.members)} interrupted runs go on on {place.device} instead of "
                    f"{group.place.device}: not bit for bit as they would have."
                )
            protocol, origin = self.record.ledger.protocol, group.origin
            tasks[group.id] = Task(
                group.id,
                group.members,
                self.scoring,
                place,
                self.folder,
                protocol,
                origin=origin,
                checkpoint_seconds=60.0 * self.options.checkpoint_minutes,
            )
        return tasks


def _kind(device: str) -> str:
    return device.partition(":")[0]


@contextmanager
def _interrupts(stop: Callable[[], None], note: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Ctrl-C (or SIGTERM) asks for a stop at the next checkpoint; a second one stops at once."""
    asked: list[bool] = []

    def handle(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        # A signal that comes in the middle of a print must not end in an error of its buffer.
        with suppress(RuntimeError):
            note("Stopping at the next checkpoint; press Ctrl-C again to stop at once.")
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
