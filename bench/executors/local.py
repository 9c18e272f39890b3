"""Workers as child processes of this machine: supervised, and persistent: each imports torch once."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait

from bench.executors.base import Ended, Executor, Said
from bench.executors.faults import killed_for_memory
from bench.executors.process import Process, death, get_ready, ready
from bench.tasks import Scoring, Survey, Task


class Local(Executor):
    """A process a worker, each with one task at a time; who dies is replaced when there is work."""

    name = "local"

    def __init__(self, devices: Sequence[str], first: Process | None = None) -> None:
        """
        Args:
            devices: The device of every worker; a device may be there several times.
            first: A process that is there already and is to be the first of them.
        """
        self._devices = tuple(devices)
        first = first or Process("worker 0", first=True)
        first.device = devices[0]
        self._workers = [first]
        """The others begin when there is work for them: all but the first are forked."""
        if len(devices) > 1:
            get_ready()
        self._queue: deque[Task] = deque()
        self._wants_a_stop = self._stop_is_told = False
        self._killed_for_memory = killed_for_memory()

    @property
    def devices(self) -> Sequence[str]:
        return self._devices

    def survey(self, scoring: Scoring) -> Survey:
        from bench.errands import survey

        first = self._workers[0]
        return first.call("looking at the data", survey, scoring, first.device)

    def submit(self, task: Task) -> None:
        # What was lost goes first: it is the furthest behind.
        (self._queue.appendleft if task.attempt > 1 else self._queue.append)(task)
        self._hand_out()

    def wait(self, timeout: float) -> list[Said | Ended]:
        for worker in self._workers:
            for _ in range(worker.unanswered):
                worker.send(("noted",))
            worker.unanswered = 0
        self._tell_of_a_stop()
        news: list[Said | Ended] = []
        by_pipe = {worker.pipe: worker for worker in self._workers if worker.task is not None}
        for pipe in wait(list(by_pipe), timeout):
            assert isinstance(pipe, Connection)
            news += self._read(by_pipe[pipe])
        self._hand_out()
        return news

    @property
    def busy(self) -> bool:
        return bool(self._queue) or any(worker.task for worker in self._workers)

    def stop(self) -> None:
        # Called by a signal's handler, in the middle of anything: what is to be sent is sent by `wait`.
        self._wants_a_stop = True

    def close(self) -> None:
        for worker in self._workers:
            worker.bid_farewell()
        for worker in self._workers:
            worker.end()

    def _tell_of_a_stop(self) -> None:
        if not self._wants_a_stop:
            return
        self._queue.clear()
        if not self._stop_is_told:
            for worker in self._workers:
                worker.stop()
        self._stop_is_told = True

    def _hand_out(self) -> None:
        while self._queue and not self._wants_a_stop and (worker := self._free()) is not None:
            task = self._queue.popleft()
            worker.work(replace(task, place=replace(task.place, device=worker.device)))

    def _free(self) -> Process | None:
        """A worker that has nothing to do."""
        idle = [worker for worker in self._workers if worker.task is None]
        # One that has worked before has the data and the oracle's features.
        for worker in sorted(idle, key=lambda worker: worker.begun):
            if worker.process.is_alive():
                return worker
        number = len(self._workers)
        if not idle and number == len(self._devices):
            return None
        if not ready():
            # While a driver waits for that, it does not listen to those at work. The next look is soon.
            return None
        if idle:
            return self._replaced(idle[0])
        self._workers.append(Process(f"worker {number}", self._devices[number]))
        return self._workers[-1]

    def _replaced(self, worker: Process) -> Process:
        worker.end()
        fresh = Process(worker.name, worker.device)
        self._workers[self._workers.index(worker)] = fresh
        return fresh

    def _read(self, worker: Process) -> list[Said | Ended]:
        """Everything that waits in a worker's pipe; with a dead worker its task has failed."""
        news: list[Said | Ended] = []
        task = worker.task
        assert task is not None, "nobody else is listened to"
        try:
            while worker.task is not None and worker.pipe.poll():
                kind, *content = worker.pipe.recv()
                if kind == "said":
                    worker.unanswered += 1
                    news.append(Said(task.id, content[0]))
                else:
                    news.append(Ended(task.id, *content))
                    worker.task = None
        except (EOFError, OSError):
            worker.process.join()
            worker.task = None
            news.append(self._lost(task, worker.process.exitcode))
        return news

    def _lost(self, task: Task, code: int | None) -> Ended:
        """The end of a task whose process died; the kernel says whether it was for want of memory."""
        before, self._killed_for_memory = self._killed_for_memory, killed_for_memory()
        if code == -9 and self._killed_for_memory > before:
            return Ended(task.id, "the kernel killed the worker: out of memory", kind="memory")
        return Ended(task.id, death(code), kind="lost")
