"""One writer at a time: a lock on a file, which the system gives back when the process dies."""

from __future__ import annotations

import fcntl
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.tracking.errors import TrackingError

LOCK = "mirror.lock"
"""Held by whoever sends a study's journal to MLflow, beside the journal."""


class Held(TrackingError):
    """Another process has the lock."""


@contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold an exclusive lock on `path`, which says by whom it is held.

    Raises:
        Held: Somebody else held it for `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _taken(descriptor):
            if time.monotonic() >= deadline:
                raise Held(f"another process ({_name(descriptor)}) is writing here and holds {path}")
            time.sleep(0.05)
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)


def holder(path: Path) -> str | None:
    """Who holds the lock on `path`, as "process 4711 on host"; None if nobody does."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _taken(descriptor) else _name(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(descriptor: int) -> None:
    name = f"process {os.getpid()} on {platform.node()}\n".encode()
    try:
        os.pwrite(descriptor, name, 0)
        os.ftruncate(descriptor, len(name))
    except OSError:
        # On a full disk the lock is as good without a name.
        return


def _name(descriptor: int) -> str:
    return os.pread(descriptor, 200, 0).decode(errors="replace").partition("\n")[0] or "of no name"
