"""One driver a study: two of them would write one journal and train every run twice.

The lock is the system's (flock), which lets go when a process dies, so that nothing is ever stale on one
machine, nor in a folder copied from another. `driver.lock` says besides who holds it. Where a file system
has no such locks, what it says is all there is: it counts while that very process of this machine lives.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from bench.problems import UserError
from bench.tracking.address import redact

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this kind; there a user must take care.
    fcntl = None  # type: ignore[assignment]

_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_PATIENCE = 0.5
"""Seconds in which somebody who only looks (`holder`) lets go."""


class NotAlone(UserError):
    """Another process runs this study."""


class NotWritable(UserError):
    """The results folder cannot be written to."""


@dataclass(frozen=True)
class Holder:
    """The process that runs a study."""

    host: str
    pid: int
    since: float
    """Seconds since the epoch."""
    begun: str | None
    """When the process began, as the system counts: process numbers are used again. None: not known."""
    command: str
    """Its command line, without credentials."""

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since).astimezone()
        return f"since {since:%Y-%m-%d %H:%M} on {self.host} as process {self.pid} ({self.command})"

    @property
    def lives(self) -> bool:
        """Whether it is a process of this machine that has not ended."""
        return self.host == socket.gethostname() and _exists(self.pid) and _begun(self.pid) == self.begun


@contextmanager
def alone(folder: Path, command: str) -> Iterator[None]:
    """Hold the study's folder, which is made, for this process; the system lets go when it dies.

    Args:
        folder: Of one study's results.
        command: What the user typed, for whoever finds the study in use; credentials in it are left out.

    Raises:
        NotAlone: Another process holds it.
        NotWritable: The folder cannot be made or written to.
    """
    writable(folder)
    with (folder / "driver.lock").open("r+", encoding="utf-8", errors="replace") as file:
        if not _hold(file):
            by = _told(file)
            who = f"this study has been running {by}" if by else "this study is running in another process"
            raise NotAlone(f"{folder} is in use: {who}")
        _say(file, json.dumps(asdict(_myself(command))))
        try:
            yield
        finally:
            _say(file, "")


def holder(folder: Path) -> Holder | None:
    """Who runs the study in this folder now, as far as can be seen from this machine; None for nobody."""
    try:
        with (folder / "driver.lock").open(encoding="utf-8", errors="replace") as file:
            told = _told(file)
            if fcntl is None:
                return told
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return told
            except OSError:
                return told if told and told.lives else None
    except OSError:
        pass
    return None


def writable(folder: Path) -> None:
    """Make the folder, and see whether files can be made in it. Raises NotWritable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "driver.lock").open("a").close()
    except OSError as error:
        raise NotWritable(f"cannot write results to {folder}: {error.strerror}") from None


def _hold(file: TextIO) -> bool:
    """Take the lock; whether it could be had."""
    if fcntl is None:
        return True
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PATIENCE / 10)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            by = _told(file)
            return by is None or not by.lives


def _myself(command: str) -> Holder:
    pid = os.getpid()
    return Holder(socket.gethostname(), pid, time.time(), _begun(pid), redact(command))


def _say(file: TextIO, content: str) -> None:
    # A full disk is no reason not to run: the lock holds without words.
    with suppress(OSError):
        os.ftruncate(file.fileno(), 0)
        os.pwrite(file.fileno(), content.encode(), 0)


def _told(file: TextIO) -> Holder | None:
    """Who has signed the file last; None for nobody, or nobody that can be read."""
    try:
        file.seek(0)
        content = json.loads(file.read(65536))
        found = Holder(**content)
    except (OSError, ValueError, TypeError):
        return None
    words = all(isinstance(word, str) for word in (found.host, found.command))
    return found if words and isinstance(found.pid, int) and isinstance(found.since, int | float) else None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _begun(pid: int) -> str | None:
    """The process's start in ticks since the machine's, and which start of the machine; None but on Linux."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        # The second field, a name in brackets, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        return f"{boot} {fields.split()[19]}"
    except (OSError, IndexError):
        return None
