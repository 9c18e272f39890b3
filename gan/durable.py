"""Files that are there whole or not at all, whatever happens to the process, the power or the disk.

The way of every database: write a temporary file beside the old one, flush it to the disk, rename it over
the old one, flush the folder (Pillai et al. 2014, "All File Systems Are Not Created Equal").
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_UNFINISHED = "writing"


class Sink:
    """Where a file's bytes go: to the disk, and into a checksum on the way.

    After a failed write it swallows what follows: torch's writer, which is C++, answers an exception from
    beneath with one of its own that no longer says what was wrong. `failed` keeps the first.
    """

    def __init__(self, descriptor: int) -> None:
        self.failed: OSError | None = None
        self._descriptor = descriptor
        self._checksum = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Take all of `data`; the number of its bytes."""
        whole = memoryview(data).cast("B")
        self._checksum.update(whole)
        left = whole
        while left and self.failed is None:
            try:
                left = left[os.write(self._descriptor, left) :]
            except OSError as error:
                self.failed = error
        return len(whole)

    def flush(self) -> None:
        """Nothing is held back."""

    @property
    def checksum(self) -> str:
        """SHA-256 of all that was written so far, in hexadecimal."""
        return self._checksum.hexdigest()


def put(path: Path, fill: Callable[[Sink], object], before: Path | None = None) -> None:
    """Make the file at `path`, all or nothing; missing folders are made.

    Args:
        path: The file.
        fill: Writes its content.
        before: What becomes of the file that was there; None: it is replaced.

    Raises:
        OSError: It could not be written. The old file is as it was and no temporary file is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: a worker that was given up for lost may still be writing the same file.
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.{_UNFINISHED}")
    try:
        _write(temporary, fill)
        if before is not None and path.exists():
            path.replace(before)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def _write(path: Path, fill: Callable[[Sink], object]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        sink = Sink(descriptor)
        fill(sink)
        if sink.failed is not None:
            raise sink.failed
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Let the names in a folder survive a loss of power, where the file system has a way to ask for it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def tidy(path: Path) -> None:
    """Remove what killed processes left of their attempts to write `path`."""
    for temporary in path.parent.glob(f"{path.name}.*.{_UNFINISHED}"):
        temporary.unlink(missing_ok=True)
