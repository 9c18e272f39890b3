"""Children that a signal to the whole process group does not reach."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sheltered() -> Iterator[None]:
    """A child started here inherits a mask without Ctrl-C and polite kills, before its first line.

    A terminal, a scheduler and `timeout` signal the whole process group: what that means is the driver's
    business, which asks its children to stop.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
