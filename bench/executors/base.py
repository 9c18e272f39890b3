"""The seam between the driver, which knows what is to be done, and the processes that do it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from bench.journal import Event
from bench.tasks import Scoring, Survey, Task


@dataclass(frozen=True)
class Said:
    """An event that a worker has emitted while working on a task."""

    task: str
    events: list[Event]


@dataclass(frozen=True)
class Ended:
    """A task is over: to its end, stopped with a checkpoint, or failed with a reason."""

    task: str
    error: str | None
    """Why it failed, in one line, the exception's type included; None otherwise."""
    details: str = ""
    """The traceback, for the log."""


class Executor(ABC):
    """Runs tasks in other processes."""

    @abstractmethod
    def survey(self, scoring: Scoring) -> Survey:
        """Ask a worker about the data and the metrics. Raises DataError as the worker did."""

    @abstractmethod
    def submit(self, task: Task) -> None:
        """Queue a task."""

    @abstractmethod
    def wait(self, timeout: float) -> list[Said | Ended]:
        """What has happened since the last call; waits at most `timeout` seconds for something to.

        Calling it again says that all it returned has been written down: a worker checkpoints only
        what the journal has, so that a driver killed at any moment loses no score.
        """

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether any task is queued or running."""

    @abstractmethod
    def stop(self) -> None:
        """Ask all tasks to checkpoint and end; queued ones are dropped."""

    @abstractmethod
    def close(self) -> None:
        """End all workers, at once."""
