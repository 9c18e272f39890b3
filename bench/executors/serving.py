"""What a worker does with what it is asked for, wherever it runs."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from bench.executors.base import Kind
from bench.executors.faults import kind_of, last_word
from bench.journal import Event
from bench.problems import UserError
from bench.tasks import Task
from gan.data.errors import DataError
from gan.known import PluginError
from gan.plugins import blame


class Orphaned(Exception):
    """The driver is gone, so nobody is left to work for."""


class Voice:
    """A worker's way of saying what happens: one message a snapshot, not one an event."""

    def __init__(self, send: Callable[[list[Event]], None]) -> None:
        """
        Args:
            send: Takes a message to the driver; returns when it is written down, or raises Orphaned.
        """
        self.send = send
        self.waiting: list[Event] = []

    def emit(self, event: Event) -> None:
        """Take one event; send what waits once a snapshot or a run is complete, and troubles at once."""
        self.waiting.append(event)
        if event["type"] in ("cohort", "done", "stopped", "trouble"):
            self.flush()

    def flush(self) -> None:
        """Send what waits, and go on when the driver has written it down. Raises Orphaned."""
        if self.waiting:
            self.send(self.waiting)
            self.waiting = []


def called(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[str, object]:
    """What a function returns, or what it raises: as it is if a user can mend it, else its traceback."""
    try:
        return "returned", function(*arguments)
    except (DataError, UserError, PluginError) as error:
        return "raised", error
    except Exception as error:
        if (blamed := blame(error)) is not None:
            return "raised", PluginError(blamed)
        return "raised", RuntimeError(traceback.format_exc())


def worked(task: Task, voice: Voice, stop: Callable[[], bool], name: str) -> tuple[str | None, str, Kind]:
    """Train and score a cohort; why that failed, in a line and whole, if it did. Raises Orphaned."""
    from bench import worker
    from bench.cohort_log import kept

    with kept(task.log):
        try:
            worker.work(task, voice.emit, stop, name)
        except Orphaned:
            raise
        except Exception as error:
            details = traceback.format_exc()
            sys.stderr.write(details)
            # What was found out before the failure is worth keeping.
            voice.flush()
            return last_word(error), details, kind_of(error)
    return None, "", "error"
