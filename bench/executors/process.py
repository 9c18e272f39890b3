"""A child process of this machine that does what it is asked, one request at a time.

On Linux children are forked by a server that has imported what a worker needs and has done nothing with it: a
new child is there in hundredths of a second instead of seconds, and shares that memory with the others. The
first child of a driver is not: it is there before the server, and often there is nothing to do for another.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from bench.executors.child import LOADED, serve
from bench.problems import MachineError
from bench.shelter import sheltered
from bench.tasks import Task

T = TypeVar("T")
_FORKED = sys.platform == "linux"
"""Elsewhere the libraries beneath torch may have threads that a fork does not survive."""
_SPAWN: Any = multiprocessing.get_context("spawn")
_FORK: Any = multiprocessing.get_context("forkserver") if _FORKED else _SPAWN
if _FORKED:
    _FORK.set_forkserver_preload(["bench.executors.loaded"])
_UNSEEN = 255
"""What multiprocessing gives as the exit status of a child whose server is dead."""
_LONGEST_IMPORT = 30.0
"""Seconds after which a server that forks is taken to have imported all."""
_seen: dict[int | None, float] = {}
"""Process id of a server that forks -> when it was first asked after."""
_GOODBYE = 5.0
"""Seconds that an idle process has to end by itself."""
_TRIES = 3
_MOMENT = 0.1
"""Seconds between tries."""


class Process:
    """A child process and this end of its pipe."""

    def __init__(self, name: str, device: str = "cpu", *, first: bool = False) -> None:
        """
        Args:
            name: What users read.
            device: Where it computes what it is given to work on.
            first: Whether it is needed now, even if no server is there yet that forks.
        """
        self.name = name
        self.device = device
        self.task: Task | None = None
        self.unanswered = 0
        """Messages that have been passed on and not yet acknowledged."""
        self._start(_SPAWN if first and not _is_loaded() else _FORK)

    def _start(self, context: Any = _FORK) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                self.process, self.pipe = _started(self.name, context)
                break
            except (EOFError, OSError) as error:
                # The server that forks was killed over it; the next try begins with another.
                if not tries_left:
                    raise MachineError(f"{self.name} cannot be started: {error or 'no answer'}") from None
                time.sleep(_MOMENT)
        self.begun = time.monotonic()
        # Python waits for its children in the end: one that was left behind would keep it for ever.
        weakref.finalize(self, self.process.kill)

    def call(self, doing: str, function: Callable[..., T], *arguments: object) -> T:
        """What `function` returns there, a function of some module; `doing` says in words what it is for.

        A process that dies over it is replaced, and asked again.

        Raises:
            MachineError: It died every time: too little memory, most often.
            Exception: Whatever the function raised that a user can cause; RuntimeError for anything else.
        """
        for tries_left in reversed(range(_TRIES)):
            self.send(("call", function, arguments))
            try:
                kind, content = self.pipe.recv()
                break
            except (EOFError, OSError):
                self.process.join()
                if not tries_left:
                    raise MachineError(f"{doing}: {death(self.process.exitcode)}") from None
                self._start()
        if kind == "raised":
            raise content
        answer: T = content
        return answer

    def work(self, task: Task) -> None:
        """Begin a task; what happens in it comes through the pipe."""
        self.task = task
        self.send(("work", task))

    def send(self, message: tuple[Any, ...]) -> None:
        """Send, unless the process is dead: the next look at its pipe finds that out."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send(message)

    def stop(self) -> None:
        """Ask it to end its task at the next checkpoint."""
        self.send(("stop",))

    def bid_farewell(self) -> None:
        """An idle process that nobody speaks to any more ends by itself, and tidies up."""
        if self.task is None:
            self.pipe.close()

    def end(self) -> None:
        """See to it that it is gone."""
        if self.task is None:
            self.process.join(_GOODBYE)
        # If the server that forked it is dead, nobody knows any more whether it is alive: this it hears.
        self.pipe.close()
        self.process.kill()
        self.process.join()


def get_ready() -> None:
    """Let the server that forks begin to import, which takes it seconds; returns at once."""
    if _FORKED:
        _quiet()
        with sheltered():
            forkserver.ensure_running()


def ready() -> bool:
    """Whether another child would be there at once; if not, what makes it so has been begun."""
    if not _FORKED:
        return True
    get_ready()
    first_seen = _seen.setdefault(_server(), time.monotonic())
    # Where a process may not name itself nobody sees that it has imported all.
    return _is_loaded() or time.monotonic() - first_seen > _LONGEST_IMPORT


def _is_loaded() -> bool:
    """Whether there is a server that forks, and it has said that it has imported all."""
    try:
        return Path(f"/proc/{_server()}/comm").read_text().strip() == LOADED
    except OSError:
        return False


def _server() -> int | None:
    """Process id of the server that forks."""
    pid: int | None = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    return pid


def _started(name: str, context: Any) -> tuple[BaseProcess, Any]:
    """A child, and this end of its pipe. Raises EOFError or OSError: it could not be started."""
    pipe, theirs = context.Pipe()
    # The server keeps the environment that it was started in.
    arguments = (theirs, name, dict(os.environ))
    process = context.Process(target=serve, args=arguments, name=name, daemon=True)
    if _FORKED and context is _FORK:
        get_ready()
        process.start()
    else:
        _quiet()
        with sheltered():
            process.start()
    # Only the child holds that end now, so that its death is read as the end of the pipe.
    theirs.close()
    return process, pipe


def _quiet() -> None:
    """OpenMP, which looks at the environment when torch is imported, must not spin while it waits."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def death(code: int | None) -> str:
    """In words, how a process ended."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the worker process was killed by {name}{hint}"
    if _FORKED and code == _UNSEEN:
        return "the worker process died; the process that would have seen how was killed before it"
    return f"the worker process ended with exit status {code}"
