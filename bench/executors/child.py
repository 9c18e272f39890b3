"""A worker's end of the pipe to its driver."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from bench.executors.serving import Orphaned, Voice, called, worked
from bench.journal import Event

LOADED = "ganbench fork"
"""What the server that forks workers calls itself once it has imported all that they need."""


class Driver:
    """What a worker knows of its driver while it works on a task."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self._wants_a_stop = False

    def send(self, events: list[Event]) -> None:
        """Say what has happened; returns when the driver has written it down. Raises Orphaned."""
        try:
            self.pipe.send(("said", events))
            while self._heard() != "noted":
                pass
        except (EOFError, OSError):
            raise Orphaned from None

    def stop(self) -> bool:
        """Whether to stop at the next checkpoint: the driver has asked for it, or is gone."""
        try:
            # Only an answer is waited for: anything else is there, or is not.
            while self.pipe.poll():
                self._heard()
        except (EOFError, OSError):
            return True
        return self._wants_a_stop

    def _heard(self) -> str:
        word: str = self.pipe.recv()[0]
        if word == "stop":
            self._wants_a_stop = True
        return word


def serve(pipe: Connection, name: str, environment: Mapping[str, str]) -> None:
    """A worker's life: take a request, do it, say what happened; until the driver goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(environment)
    call_itself(f"ganbench {name.removeprefix('worker ')}")
    with suppress(EOFError, BrokenPipeError, ConnectionResetError, Orphaned):
        while _served(pipe, name):
            pass


def _served(pipe: Connection, name: str) -> bool:
    """Do what is asked for next; whether this process is good for more. Raises EOFError, Orphaned."""
    kind, *content = pipe.recv()
    if kind == "call":
        pipe.send(called(*content))
    elif kind == "work":
        driver = Driver(pipe)
        error, details, why = worked(content[0], Voice(driver.send), driver.stop, name)
        pipe.send(("ended", error, details, why))
        # After an error of CUDA's nothing works any more in this process.
        return why != "lost"
    # A word to stop that comes when there is nothing to stop is no request.
    return True


def call_itself(name: str) -> None:
    """The name that top and ps show, where a process can choose one: forked ones all look alike."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name)
