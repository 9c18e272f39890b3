"""One driver a study: two of them would write one journal and train every run twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.problems import UserError

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this kind; there a user must take care.
    fcntl = None  # type: ignore[assignment]


class NotAlone(UserError):
    """Another process runs this study."""


class NotWritable(UserError):
    """The results folder cannot be written to."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the study's folder, which is made, for this process; the system lets go when it dies.

    Raises:
        NotAlone: Another process holds it.
        NotWritable: The folder cannot be made or written to.
    """
    writable(folder)
    with (folder / "driver.lock").open("a") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NotAlone(f"{folder} is in use: this study is running in another process") from None
        yield


def writable(folder: Path) -> None:
    """Make the folder, and see whether files can be made in it. Raises NotWritable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "driver.lock").open("a").close()
    except OSError as error:
        raise NotWritable(f"cannot write results to {folder}: {error.strerror}") from None
