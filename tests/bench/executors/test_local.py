"""Workers of this machine: who gets a task, and who takes the place of the dead."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from bench.executors import local
from bench.executors.base import Ended
from bench.executors.local import Local


class Stand:
    """A process that dies when it is told to, and works on nothing."""

    made = 0

    def __init__(self, name: str, device: str = "cpu", *, first: bool = False) -> None:
        Stand.made += 1
        self.name, self.device, self.begun = name, device, Stand.made
        self.task: Any = None
        self.alive = True
        self.stopped = self.unanswered = 0
        self.pipe, self.theirs = multiprocessing.Pipe()
        self.process = SimpleNamespace(is_alive=lambda: self.alive)

    def work(self, task: Any) -> None:
        self.task = task

    def stop(self) -> None:
        self.stopped += 1

    def end(self) -> None:
        self.alive = False

    bid_farewell = end


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    monkeypatch.setattr(local, "Process", Stand)
    monkeypatch.setattr(local, "get_ready", lambda: None)
    monkeypatch.setattr(local, "ready", lambda: True)
    monkeypatch.setattr(local, "replace", lambda value, **changes: value)
    made = Local(["cpu", "cpu"])
    yield made
    made.close()


def task(number: int, attempt: int = 1) -> Any:
    return SimpleNamespace(id=str(number), attempt=attempt, place=None)


def at_work(executor: Local) -> list[str | None]:
    return [worker.task.id if worker.task else None for worker in executor._workers]


def test_what_was_lost_goes_first(executor: Local) -> None:
    """It is the furthest behind."""
    for number in range(4):
        executor.submit(task(number))
    executor.submit(task(9, attempt=2))
    assert at_work(executor) == ["0", "1"]
    executor._workers[1].task = None
    executor._hand_out()
    assert at_work(executor) == ["0", "9"]


def test_a_living_worker_comes_before_a_dead_one(executor: Local) -> None:
    """It has everything loaded; a dead one is replaced only if it is needed."""
    for number in range(2):
        executor.submit(task(number))
    first, second = executor._workers
    first.task = second.task = None
    first.end()
    executor.submit(task(0))
    assert at_work(executor) == [None, "0"] and executor._workers == [first, second]
    executor.submit(task(1))
    assert at_work(executor) == ["1", "0"] and executor._workers[0] is not first
    assert executor._workers[0].device == first.device and executor._workers[0].name == first.name


def test_workers_begin_when_there_is_work_for_them(executor: Local) -> None:
    """Each on its own device; what is more than they can do waits."""
    assert at_work(executor) == [None] and executor.devices == ("cpu", "cpu")
    executor.submit(task(0))
    assert at_work(executor) == ["0"]
    for number in (1, 2):
        executor.submit(task(number))
    assert at_work(executor) == ["0", "1"] and executor.busy
    assert [worker.name for worker in executor._workers] == ["worker 0", "worker 1"]


def test_a_stop_is_told_by_the_one_who_waits(executor: Local) -> None:
    """It is asked for by a signal's handler, which must not send in the middle of what is being sent."""
    for number in range(3):
        executor.submit(task(number))
    executor.stop()
    assert [worker.stopped for worker in executor._workers] == [0, 0]  # type: ignore[attr-defined]
    for _ in range(2):
        executor.wait(0.0)
    assert [worker.stopped for worker in executor._workers] == [1, 1]  # type: ignore[attr-defined]
    for worker in executor._workers:
        worker.task = None
    executor.submit(task(9))
    executor.wait(0.0)
    assert not executor.busy and at_work(executor) == [None, None], "nothing is begun after it"


def test_nobody_waits_for_a_worker_that_cannot_begin_yet(
    executor: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who listens to those at work must not wait seconds for another; it looks again after each wait."""
    monkeypatch.setattr(local, "ready", lambda: False)
    for number in range(2):
        executor.submit(task(number))
    executor.wait(0.0)
    assert at_work(executor) == ["0"] and executor.busy
    monkeypatch.setattr(local, "ready", lambda: True)
    executor.wait(0.0)
    assert at_work(executor) == ["0", "1"]


def test_a_real_process_is_replaced() -> None:
    """Killed in the middle of a task it is told of as lost, and another is there for the next."""
    executor = Local(["cpu"])
    try:
        worker = executor._workers[0]
        worker.task = task(0)
        assert worker.process.pid is not None
        os.kill(worker.process.pid, signal.SIGKILL)
        news: list[Any] = []
        limit = time.monotonic() + 60.0
        while not news and time.monotonic() < limit:
            news = executor.wait(0.5)
        killed = "the worker process was killed by SIGKILL (out of memory?)"
        assert news == [Ended("0", killed, kind="lost")] and not executor.busy
        while not (another := executor._free()) and time.monotonic() < limit:
            time.sleep(0.1)
        assert another is not None and another is not worker and another.process.is_alive()
    finally:
        executor.close()
