"""A child process of this machine that does what it is asked, one request at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from bench.executors.serving import Orphaned, Voice, called, worked
from bench.journal import Event
from bench.problems import MachineError
from bench.tasks import Task

T = TypeVar("T")
_CONTEXT = multiprocessing.get_context("spawn")
_GOODBYE = 5.0
"""Seconds that an idle process has to end by itself."""
_TRIES = 3
_MOMENT = 0.2
"""Seconds without a request after which a process gets ready for one."""


class Process:
    """A child process and this end of its pipe."""

    def __init__(self, name: str, device: str = "cpu") -> None:
        self.name = name
        self.device = device
        """Where it computes what it is given to work on."""
        self.task: Task | None = None
        self.unanswered = 0
        """Messages that have been passed on and not yet acknowledged."""
        self._start()

    def _start(self) -> None:
        self.begun = time.monotonic()
        self.pipe, theirs = _CONTEXT.Pipe()
        self._stopping = _CONTEXT.Event()
        arguments = (theirs, self._stopping, os.getpid(), self.name)
        self.process = _CONTEXT.Process(target=_serve, args=arguments, name=self.name, daemon=True)
        with _sheltered():
            self.process.start()
        # Only the child holds that end now, so that its death is read as the end of the pipe.
        theirs.close()

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
        self._stopping.set()

    def bid_farewell(self) -> None:
        """An idle process that nobody speaks to any more ends by itself, and tidies up."""
        if self.task is None:
            self.pipe.close()

    def end(self) -> None:
        """See to it that it is gone."""
        if self.task is None:
            self.process.join(_GOODBYE)
        self.process.kill()
        self.process.join()


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


def death(code: int | None) -> str:
    """In words, how a process ended."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the worker process was killed by {name}{hint}"
    return f"the worker process ended with exit status {code}"


def _sender(pipe: Connection) -> Callable[[list[Event]], None]:
    """Takes messages through a pipe to the driver, which answers when it has written them down."""

    def send(events: list[Event]) -> None:
        try:
            pipe.send(("said", events))
            pipe.recv()
        except (EOFError, OSError):
            raise Orphaned from None

    return send


def _serve(pipe: Connection, stopping: Any, driver: int, name: str) -> None:
    """A child's life: take a request, do it, say what happened; until the driver goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Threads are set a task, and OpenMP must not spin while it waits.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    def stop() -> bool:
        return stopping.is_set() or os.getppid() != driver

    if not pipe.poll(_MOMENT):
        # Nobody is in a hurry: what takes seconds is done before it is needed.
        import_module("bench.worker")
    while True:
        try:
            kind, *content = pipe.recv()
            if kind == "call":
                pipe.send(called(*content))
                continue
            error, details, why = worked(content[0], Voice(_sender(pipe)), stop, name)
            pipe.send(("ended", error, details, why))
        except (EOFError, BrokenPipeError, ConnectionResetError, Orphaned):
            return
        if why == "lost":
            # After an error of CUDA's nothing works any more in this process.
            return
