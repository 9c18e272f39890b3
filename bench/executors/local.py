"""Workers as child processes of this machine: persistent, so that torch is imported once in each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections import deque
from multiprocessing.connection import Connection, wait
from typing import Any

from bench.executors.base import Ended, Executor, Said
from bench.tasks import Scoring, Survey, Task
from gan.data.errors import DataError

_CONTEXT = multiprocessing.get_context("spawn")


class _Worker:
    """A child process and this end of its pipe."""

    def __init__(self, stopping: Any) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, stopping, os.getpid()), daemon=True)
        self.process.start()
        # Only the child holds that end now, so that its death is read as the end of the pipe.
        theirs.close()
        self.task: Task | None = None


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
            raise RuntimeError("the worker process died while it looked at the data") from None
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
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(2.0)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.task is None and self._queue:
                worker.task = self._queue.popleft()
                worker.pipe.send(("work", worker.task))

    def _read(self, worker: _Worker) -> list[Said | Ended]:
        """Everything that waits in a worker's pipe; a dead worker is replaced and its task has failed."""
        news: list[Said | Ended] = []
        try:
            while worker.pipe.poll():
                kind, *content = worker.pipe.recv()
                task = worker.task
                assert task is not None
                if kind == "said":
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


def _serve(pipe: Connection, stopping: Any, driver: int) -> None:
    """A worker's life: take a task, work, say what happened; until the driver goes away."""
    # Ctrl-C reaches the whole process group; what it means is the driver's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Threads are set a task, and OpenMP must not spin while it waits.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from bench import worker

    while True:
        try:
            kind, *content = pipe.recv()
        except EOFError:
            return
        try:
            if kind == "survey":
                pipe.send(("survey", worker.survey(*content)))
                continue
            waiting: list[dict[str, Any]] = []

            def emit(event: dict[str, Any], waiting: list[dict[str, Any]] = waiting) -> None:
                # One message a snapshot, not one an event.
                waiting.append(event)
                if event["type"] in ("cohort", "stopped"):
                    flush()

            def flush(waiting: list[dict[str, Any]] = waiting) -> None:
                if waiting:
                    pipe.send(("said", list(waiting)))
                    waiting.clear()

            def stop() -> bool:
                return stopping.is_set() or os.getppid() != driver

            worker.work(content[0], emit, stop)
            flush()
            pipe.send(("ended", None))
        except DataError as error:
            pipe.send(("data error", str(error)) if kind == "survey" else ("ended", str(error)))
        except BrokenPipeError:
            return
        except Exception as error:
            said = "error" if kind == "survey" else "ended"
            pipe.send((said, f"{type(error).__name__}: {error}".splitlines()[0], traceback.format_exc()))
