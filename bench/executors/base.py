"""The seam between the driver, which knows what is to be done, and the processes that do it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.journal import Event
from bench.placement import cores
from bench.tasks import Scoring, Survey, Task

Kind = Literal["lost", "memory", "error"]
"""Why a task failed.

    lost      its process, its node or its GPU: the same task may do better elsewhere
    memory    out of memory: fewer runs at a time may do better
    error     the program said so, and would say it again
"""


@dataclass(frozen=True)
class Said:
    """Events that a worker has emitted while working on a task."""

    task: str
    events: list[Event]


@dataclass(frozen=True)
class Ended:
    """A task is over: to its end, stopped with a checkpoint, or failed with a reason."""

    task: str
    error: str | None
    """Why it failed, in one line, the exception's type included; None otherwise."""
    details: str = ""
    """The traceback."""
    kind: Kind = "error"


class Executor(ABC):
    """Runs tasks in other processes."""

    name: str
    """What it is called on the command line."""
    retries_itself = False
    """Whether it tries a lost task again by itself, so that one which ends as lost was tried often enough."""

    @property
    @abstractmethod
    def devices(self) -> Sequence[str]:
        """The device of every worker."""

    @property
    def threads(self) -> int:
        """CPU threads of every worker.

        One a worker as long as every core has a worker: results do not hang on the number of cores.
        """
        return max(1, cores() // len(self.devices)) if self.devices[0] == "cpu" else 1

    @abstractmethod
    def survey(self, scoring: Scoring) -> Survey:
        """Ask a worker about the data and the metrics. Raises DataError as the worker did."""

    @abstractmethod
    def submit(self, task: Task) -> None:
        """Queue a task. It computes on the device of whichever worker takes it."""

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
