"""Workers as child processes of this machine: persistent, so that torch is imported once in each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from bench.executors.base import Ended, Executor, Said
from bench.journal import Event
from bench.problems import UserError
from bench.tasks import Scoring, Survey, Task
from gan.data.errors import DataError
from gan.known import PluginError
from gan.plugins import blame

_CONTEXT = multiprocessing.get_context("spawn")
_GOODBYE = 5.0
"""Seconds that an idle worker has to end by itself."""


class _Worker:
    """A child process and this end of its pipe."""

    def __init__(self, stopping: Any) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, stopping, os.getpid()), daemon=True)
        with _sheltered():
            self.process.start()
        # Only the child holds that end now, so that its death is read as the end of the pipe.
        theirs.close()
        self.task: Task | None = None
        self.unanswered = 0
        """Messages that have been passed on and not yet acknowledged."""

    def send(self, message: tuple[Any, ...]) -> None:
        """Send, unless the worker is dead: the next look at its pipe finds that out."""
        with suppress(BrokenPipeError):
            self.pipe.send(message)


@contextmanager
def _sheltered() -> Iterator[None]:
    """A child started here never sees Ctrl-C or a polite kill, not even before its first line.

    It inherits the mask. A shell, a scheduler and `timeout` signal the whole process group: what that means
    is the driver's business, which asks its workers to stop.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class NoSurvey(UserError):
    """The worker died before it could say anything about the data: too little memory, most often."""


class Local(Executor):
    """`workers` processes, each with one task at a time."""

    def __init__(self, workers: int, device: str) -> None:
        self._stopping = _CONTEXT.Event()
        self._device = device
        self._workers = [_Worker(self._stopping) for _ in range(workers)]
        self._queue: deque[Task] = deque()

    def survey(self, scoring: Scoring) -> Survey:
        pipe = self._workers[0].pipe
        pipe.send(("survey", scoring, self._device))
        try:
            kind, *content = pipe.recv()
        except EOFError:
            process = self._workers[0].process
            process.join()
            raise NoSurvey(f"looking at the data: {_death(process.exitcode)}") from None
        if kind == "data error":
            raise DataError(content[0])
        if kind == "error":
            raise RuntimeError(content[1])
        survey: Survey = content[0]
        return survey

    def submit(self, task: Task) -> None:
        self._queue.append(task)
        self._hand_out()

    def wait(self, timeout: float) -> list[Said | Ended]:
        for worker in self._workers:
            for _ in range(worker.unanswered):
                worker.send(("noted",))
            worker.unanswered = 0
        news: list[Said | Ended] = []
        by_pipe = {worker.pipe: worker for worker in self._workers}
        for ready in wait(list(by_pipe), timeout):
            assert isinstance(ready, Connection)
            news += self._read(by_pipe[ready])
        self._hand_out()
        return news

    @property
    def busy(self) -> bool:
        return bool(self._queue) or any(worker.task for worker in self._workers)

    def stop(self) -> None:
        self._queue.clear()
        self._stopping.set()

    def close(self) -> None:
        idle = [worker for worker in self._workers if worker.task is None]
        for worker in idle:
            # A worker that nobody speaks to any more ends by itself, and tidies up.
            worker.pipe.close()
        for worker in idle:
            worker.process.join(_GOODBYE)
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.task is None and self._queue:
                worker.task = self._queue.popleft()
                worker.send(("work", worker.task))

    def _read(self, worker: _Worker) -> list[Said | Ended]:
        """Everything that waits in a worker's pipe; a dead worker is replaced and its task has failed."""
        news: list[Said | Ended] = []
        try:
            while worker.pipe.poll():
                kind, *content = worker.pipe.recv()
                task = worker.task
                assert task is not None
                if kind == "said":
                    worker.unanswered += 1
                    news.append(Said(task.id, content[0]))
                else:
                    news.append(Ended(task.id, *content))
                    worker.task = None
        except (EOFError, OSError):
            worker.process.join()
            if worker.task is not None:
                news.append(Ended(worker.task.id, _death(worker.process.exitcode)))
            self._workers[self._workers.index(worker)] = _Worker(self._stopping)
        return news


def _death(code: int | None) -> str:
    """In words, how a process ended."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the worker process was killed by {name}{hint}"
    return f"the worker process ended with exit status {code}"


class _Orphaned(Exception):
    """The driver is gone, so nobody is left to work for."""


class _Voice:
    """A worker's way of saying what happens: one message a snapshot, not one an event."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self.waiting: list[Event] = []

    def emit(self, event: Event) -> None:
        """Take one event; send what waits once a snapshot or a run is complete."""
        self.waiting.append(event)
        if event["type"] in ("cohort", "done", "stopped"):
            self.flush()

    def flush(self) -> None:
        """Send what waits, and go on when the driver has written it down. Raises _Orphaned."""
        if not self.waiting:
            return
        try:
            self.pipe.send(("said", self.waiting))
            self.pipe.recv()
        except (EOFError, OSError):
            raise _Orphaned from None
        self.waiting = []


def _serve(pipe: Connection, stopping: Any, driver: int) -> None:
    """A worker's life: take a task, work, say what happened; until the driver goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Threads are set a task, and OpenMP must not spin while it waits.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    def stop() -> bool:
        return stopping.is_set() or os.getppid() != driver

    while True:
        try:
            kind, *content = pipe.recv()
            answer = _answer(kind, content, _Voice(pipe), stop)
            pipe.send(answer)
        except (EOFError, BrokenPipeError, ConnectionResetError, _Orphaned):
            return


def _answer(kind: str, content: list[Any], voice: _Voice, stop: Callable[[], bool]) -> tuple[Any, ...]:
    """Do what the driver asks; the last message about it."""
    from bench import worker

    survey = kind == "survey"
    try:
        if survey:
            return "survey", worker.survey(*content)
        worker.work(content[0], voice.emit, stop)
        return "ended", None
    except _Orphaned:
        raise
    except Exception as error:
        details = traceback.format_exc()
        # What was found out before the failure is worth keeping.
        voice.flush()
        if isinstance(error, DataError | UserError | PluginError):
            return ("data error", str(error)) if survey else ("ended", str(error))
        if (blamed := blame(error)) is not None:
            return ("data error", blamed) if survey else ("ended", blamed, details)
        return "error" if survey else "ended", f"{type(error).__name__}: {error}".splitlines()[0], details
