"""What a worker prints while it works on a cohort, in a file of the cohort's."""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LINES = 40
_LONGEST = 16_384


@contextmanager
def kept(path: Path) -> Iterator[None]:
    """Append whatever this process writes to stdout and stderr to `path` while the block runs.

    The descriptors themselves are turned, so that what C++ and CUDA print is kept too, and the stack of a
    process that dies of a signal. Where no file can be made (a full disk), they stay as they are: no log is
    worth a run.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:
        yield
        return
    before = [(number, os.dup(number)) for number in (1, 2)]
    try:
        for number, _ in before:
            os.dup2(file, number)
        faulthandler.enable(2)
        yield
    finally:
        faulthandler.disable()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        for number, descriptor in before:
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(file)


def say(text: str) -> None:
    """A line with its time, on stderr."""
    with suppress(OSError):
        sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}\n")
        sys.stderr.flush()


def tail(path: Path, lines: int = _LINES) -> list[str]:
    """The last lines of a log; none if there is no log."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST))
            content = file.read()
    except OSError:
        return []
    return content.decode("utf-8", errors="replace").splitlines()[-lines:]
