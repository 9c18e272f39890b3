"""How long MLflow has been silent: a call to a database may wait for ever, and only the clock tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_FILES = ("log_artifact", "log_artifacts")
"""Calls that may take long without being stuck."""


class Pulse:
    """Notes when a call begins and that it has ended; read from another thread."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._lock = threading.Lock()

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """Around a call of this name."""
        with self._lock:
            self._began = None if name in _FILES else time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._began = None

    @property
    def silent(self) -> float:
        """Seconds since the call under way began; 0 if there is none."""
        with self._lock:
            return 0.0 if self._began is None else time.monotonic() - self._began
