"""An executor that works in this very process, and fails when it is told to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from bench import errands, worker
from bench.executors.base import Ended, Executor, Said
from bench.journal import Event
from bench.tasks import Scoring, Survey, Task

Fault = Callable[[Task, Event], Ended | None]
"""How the machine fails at this event of this task; None if it does not."""


class _Fault(Exception):
    """Thrown into a worker where the machine shall fail."""


class Inline(Executor):
    """One task after the other, whole, while the driver waits."""

    name = "inline"

    def __init__(self, devices: Sequence[str], fault: Fault = lambda task, event: None) -> None:
        self._devices = devices
        self._fault = fault
        self._queue: deque[Task] = deque()
        self._stopped = False

    @property
    def devices(self) -> Sequence[str]:
        return self._devices

    def survey(self, scoring: Scoring) -> Survey:
        return errands.survey(scoring, self._devices[0])

    def submit(self, task: Task) -> None:
        self._queue.append(task)

    def wait(self, timeout: float) -> list[Said | Ended]:
        task, said, failed = self._queue.popleft(), [], []

        def emit(event: Event) -> None:
            said.append(event)
            if found := self._fault(task, event):
                failed.append(found)
                raise _Fault

        try:
            worker.work(task, emit, lambda: self._stopped)
        except _Fault:
            return [Said(task.id, said), *failed]
        return [Said(task.id, said), Ended(task.id, None)]

    @property
    def busy(self) -> bool:
        return bool(self._queue)

    def stop(self) -> None:
        self._stopped = True
        self._queue.clear()

    def close(self) -> None:
        """There is no other process."""
