"""The driver: hands out cohorts, keeps the journal, tells the view; resumes by run id.

The journal is written first and MLflow follows it (`bench.tracking`); training waits for neither.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.alone import alone
from bench.executors.base import Ended, Executor, Said
from bench.executors.local import Local
from bench.journal import Event, Journal
from bench.ledger import Ledger
from bench.placement import cohort_size, cores, workers
from bench.plan import Cohort, Plan, Run, cohorts, scoring
from bench.progress import View
from bench.tasks import Member, Place, Scoring, Survey, Task
from gan.recipe import Choice, digest


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
    """Most runs to start this time."""
    compiled: bool = False
    data_root: Path = Path("data")
    download: bool = False


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
        self.names = {arm.id: arm.name for arm in plan.arms}
        data = plan.study.base["data"]
        assert isinstance(data, Choice)
        self.scoring = Scoring(
            data=data,
            metrics=plan.study.metrics,
            samples=plan.study.samples,
            evaluate_every=plan.study.evaluate_every,
            data_root=options.data_root,
            download=options.download,
        )
        self.outputs: dict[str, dict[str, Any]] = {}
        self.news: Callable[[], str | None] = lambda: None
        """Asked about twice a second for something the user should read."""

    @property
    def pending(self) -> list[Run]:
        """Planned runs without an end, in the plan's order."""
        return [run for run in self.plan.runs if run.id not in self.ledger.ended]

    def run(self) -> Outcome:
        """Train and score whatever is left.

        Raises:
            gan.data.errors.DataError: The data cannot be had.
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
        groups = [*self._interrupted(pending), *self._fresh(pending)]
        count = self.options.workers or workers(self.options.device, len(groups))
        executor = Local(count, self.options.device)
        before = len(self.ledger.ended)
        try:
            with _interrupts(executor.stop, self.view.note) as interrupted:
                self._record_plan(executor.survey(self.scoring))
                tasks = {task.id: task for task in (self._task(c, place, count) for c, place in groups)}
                self.view.begin(list(tasks.values()), self.ledger)
                for task in tasks.values():
                    if not interrupted():
                        executor.submit(task)
                self._follow(executor, tasks)
        finally:
            executor.close()
            self.view.end()
        return Outcome(len(self.ledger.ended) - before, len(self.pending), interrupted())

    def _follow(self, executor: Executor, tasks: dict[str, Task]) -> None:
        """Keep the record until nothing is under way."""
        while executor.busy:
            for news in executor.wait(timeout=0.5):
                task = tasks[news.task]
                if isinstance(news, Said):
                    self._record(news.events)
                    self.view.heard(task, news.events)
                else:
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
                    self._record([_unstarted(task, member)])
                event = self.ledger.ending({"run": member.run}, self.outputs, ended.error)
                self.journal.append(event)
                self.ledger.take(event)

    def _refresh_plan(self) -> None:
        """Nothing is left to run, but the plan may read differently now (an arm dropped, a new question)."""
        known = self.ledger.study
        if known and known["scoring"] == self._scoring_digest():
            self._append_plan(known["outputs"], known["protocol"])

    def _record_plan(self, survey: Survey) -> None:
        self.outputs = survey.outputs
        self._append_plan(survey.outputs, survey.protocol)
        if self.ledger.oracle != survey.oracle:
            event = {"type": "oracle", "scores": survey.oracle}
            self.journal.append(event)
            self.ledger.take(event)

    def _append_plan(self, outputs: dict[str, Any], protocol: dict[str, Any]) -> None:
        event = self._study_event(outputs, protocol)
        known = self.ledger.study or {}
        if {**event, "time": 0} != {**known, "time": 0}:
            self.journal.append(event)
            self.ledger.take(event)

    def _scoring_digest(self) -> str:
        return digest({"data": asdict(self.scoring.data), **scoring(self.plan.study)})

    def _study_event(self, outputs: dict[str, Any], protocol: dict[str, Any]) -> Event:
        study = self.plan.study
        arms = [
            {
                "id": arm.id,
                "name": arm.name,
                "levels": arm.levels,
                "reason": arm.reason,
                "runs": [{"id": run.id, "seed": run.seed, "params": run.params} for run in arm.runs],
            }
            for arm in self.plan.arms
        ]
        event = {
            "type": "study",
            "name": study.name,
            "question": study.question,
            "path": study.path.name,
            "design": study.design,
            "factors": {name: [level.label for level in levels] for name, levels in study.factors.items()},
            "seeds": list(study.seeds),
            "baseline": self.plan.baseline,
            "primary": primary_output(study.primary, outputs),
            "outputs": outputs,
            "scoring": self._scoring_digest(),
            "protocol": {**protocol, "data": asdict(self.scoring.data)},
            "arms": arms,
        }
        return {**event, "digest": digest(event)}

    def _interrupted(self, pending: list[Run]) -> Iterator[tuple[Cohort, Place]]:
        """Cohorts with a checkpoint, as they were: a checkpoint holds all of its replicas or none."""
        planned = {run.id: run for run in self.plan.runs}
        known: dict[str, list[str]] = {}
        for run, start in self.ledger.started.items():
            known.setdefault(start["cohort"], []).append(run)
        wanted = {run.id for run in pending}
        for name, members in known.items():
            if wanted.isdisjoint(members) or not all(run in planned for run in members):
                continue
            if not (self.folder / "checkpoints" / f"cohort-{name}.pt").exists():
                continue
            start = self.ledger.started[members[0]]
            place = Place(start["device"], start["threads"], start["compiled"])
            yield Cohort(name, tuple(planned[run] for run in members)), place

    def _fresh(self, pending: list[Run]) -> Iterator[tuple[Cohort, Place | None]]:
        taken = {run.id for cohort, _ in self._interrupted(pending) for run in cohort.runs}
        limit = self.options.cohort_size
        size = (lambda recipe: limit) if limit else cohort_size(self.options.device)
        for cohort in cohorts([run for run in pending if run.id not in taken], size):
            yield cohort, None

    def _task(self, cohort: Cohort, place: Place | None, count: int) -> Task:
        # One thread a worker as long as every core has a worker: results do not hang on the core count.
        threads = max(1, cores() // count) if self.options.device == "cpu" else 1
        members = tuple(
            Member(run.id, run.arm, self.names[run.arm], run.seed, run.recipe, run.params)
            for run in cohort.runs
        )
        place = place or Place(self.options.device, threads, self.options.compiled)
        return Task(cohort.id, members, self.scoring, place, self.folder)


def primary_output(metric: str, outputs: dict[str, Any]) -> str:
    """The output that a study's primary metric is read from: its first headline, else its first."""
    named = [name for name, about in outputs.items() if about["metric"] == metric]
    headlines = [name for name in named if outputs[name]["headline"]]
    return (headlines or named)[0]


def _unstarted(task: Task, member: Member) -> Event:
    """A start for a run whose cohort failed before it began, so that its end has something to end."""
    return {
        "type": "start",
        "run": member.run,
        "arm": member.arm,
        "seed": member.seed,
        "name": f"{member.arm_name} · seed {member.seed}",
        "cohort": task.id,
        "cohort_size": len(task.members),
        **asdict(task.place),
        "recipe": member.recipe.as_dict(),
        "params": member.params,
    }


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
