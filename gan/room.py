"""Waiting for room on the disk: whoever writes pauses and says so once, and nothing is lost or killed."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
FULL = {errno.ENOSPC: "no space left", errno.EDQUOT: "the disk quota is used up"}
"""What the user mends by making room."""
PASSING = {
    **FULL,
    errno.EFBIG: "files may not grow any larger",
    errno.EIO: "input/output error",
    errno.EROFS: "the file system has become read-only",
}
"""Errors of a disk that may pass, in words."""
_SLICE = 0.2


class Stopped(Exception):
    """The user stopped it while it waited."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Room:
    """How to wait."""

    who: str
    """Who waits, in the middle of a sentence."""
    tell: Callable[[str], None]
    """Hears a sentence when the waiting begins, and one when it is over."""
    stop: Callable[[], bool] = _never
    """Whether to give up."""
    pause: float = 3.0
    """Seconds between attempts."""

    def write(self, attempt: Callable[[], T], folder: Path) -> T:
        """`attempt()`, again and again while the disk refuses.

        Args:
            attempt: Writes; may be called many times, and leaves nothing behind when it fails.
            folder: Where it writes, for the sentence.

        Raises:
            Stopped: It was told to stop while it waited.
            OSError: Another error than those in `PASSING`.
        """
        waited = False
        while True:
            try:
                found = attempt()
            except OSError as error:
                if error.errno not in PASSING:
                    raise
                if not waited:
                    self.tell(self._complaint(error, folder))
                waited = True
            else:
                if waited:
                    self.tell(f"{folder} can be written to again: {self.who} goes on")
                return found
            self._wait()

    def _complaint(self, error: OSError, folder: Path) -> str:
        assert error.errno is not None
        cure = ", free some space" if error.errno in FULL else " until it can be written to again"
        return f"{PASSING[error.errno]} on {folder}: {self.who} waits{cure}"

    def _wait(self) -> None:
        end = time.monotonic() + self.pause
        while not self.stop():
            if (left := end - time.monotonic()) <= 0:
                return
            time.sleep(min(left, _SLICE))
        raise Stopped
