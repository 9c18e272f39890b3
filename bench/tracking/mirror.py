"""The driver's handle of the process that follows a journal into MLflow.

MLflow is imported and asked in a child (`bench.tracking.follower`), so that neither its seconds of imports
nor a server that is slow can delay the driver, which workers wait for.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.journal_lines import whole
from bench.shelter import sheltered
from bench.tracking.notes import lines

_ROOT = Path(__file__).parents[2]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a mirror that died is started again; twice as long each time, until it gets on."""


@dataclass(frozen=True)
class Status:
    """How far the mirror is behind."""

    mirrored: int
    """Events sent by this mirror."""
    pending: int
    """Whole events in the journal that MLflow does not have."""
    error: str | None
    """Why the last attempt failed; None if it did not. Never holds a credential."""
    missing: tuple[str, ...]
    """Files that the journal names and that were gone before they could be copied."""
    process: int | None
    """The child's id; None if there is none at the moment."""


class Mirror:
    """Follows a journal in a process of its own. No method waits for MLflow but `wait`."""

    def __init__(self, journal: Path, uri: str, artifacts: Path | None = None, *, every: float = 1.0) -> None:
        """
        Args:
            journal: The study's journal; it need not exist yet.
            uri: An MLflow tracking URI (see `resolve_uri`).
            artifacts: As in `client.experiment`.
            every: Seconds between looks at the journal.
        """
        self.journal = journal
        self._order = {
            "journal": str(journal.absolute()),
            "uri": uri,
            "artifacts": None if artifacts is None else str(artifacts.absolute()),
            "every": every,
        }
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._child: subprocess.Popen[str] | None = None
        self._said: dict[str, Any] = {}
        self._before = 0
        """Events sent by children that have died."""
        self._asked = 0
        self._told: str | None = None

    def start(self) -> Mirror:
        """Begin to follow; returns at once."""
        assert self._thread is None, "a mirror starts once"
        self._thread = threading.Thread(target=self._supervise, name="mirror", daemon=True)
        self._thread.start()
        return self

    def wait(self, timeout: float | None = None) -> bool:
        """Whether MLflow has everything that was in the journal at the time of the call.

        Returns when that is so, after `timeout` seconds, or, without a timeout, as soon as an attempt fails.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        target = whole(self.journal)
        with self._changed:
            # An attempt under way may have begun before the last events were written.
            self._asked += 1
            number = self._asked
            self._send(f"look {number}")
            while not self._complete(target):
                if self._thread is None or self._closing.is_set():
                    return False
                if deadline is None and self._said.get("failed", 0) >= number:
                    return False
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._changed.wait(1.0 if left is None else min(left, 1.0))
        return True

    def _complete(self, target: int) -> bool:
        return target == 0 or (self._said.get("offset", 0) >= target and self._said["settled"] is True)

    @property
    def status(self) -> Status:
        """How far behind it is, and why."""
        with self._changed:
            said, child = dict(self._said), self._child
            mirrored = self._before + said.get("mirrored", 0)
        pending = lines(self.journal, said.get("offset", 0))
        missing = tuple(said.get("missing", ()))
        return Status(mirrored, pending, said.get("error"), missing, child.pid if child else None)

    def news(self) -> str | None:
        """A sentence for the user when MLflow became unreachable or reachable again; once each time."""
        with self._changed:
            error = self._said.get("error")
            if (error is None) == (self._told is None):
                return None
            self._told = error
        if error is None:
            return "MLflow answers again; the record is being completed."
        return f"MLflow does not take the record ({error}); the journal keeps everything."

    def close(self, timeout: float = 5.0) -> bool:
        """Stop following after the call under way; whether the child ended by itself within `timeout`."""
        self._closing.set()
        if self._thread is None:
            return True
        with self._changed:
            child = self._child
            self._send("stop")
        ended = True
        if child is not None:
            try:
                child.wait(timeout)
            except subprocess.TimeoutExpired:
                ended = False
                child.kill()
        self._thread.join()
        return ended

    def _supervise(self) -> None:
        """Start the child, hear it until it ends, and start it again, until `close`."""
        pause = _FIRST_PAUSE
        while not self._closing.is_set():
            begun = self._said.get("offset", 0)
            try:
                ended = self._live()
            except OSError as error:
                ended = f"the process of the mirror cannot be started: {error.strerror}"
            if self._closing.is_set():
                break
            with self._changed:
                self._before += self._said.get("mirrored", 0)
                self._said |= {"error": ended, "failed": self._asked, "mirrored": 0, "settled": False}
                self._changed.notify_all()
                got_on = self._said.get("offset", 0) > begun
            pause = _FIRST_PAUSE if got_on else min(2.0 * pause, _LONGEST_PAUSE)
            self._closing.wait(pause)
        with self._changed:
            self._changed.notify_all()

    def _live(self) -> str:
        """One child, from its start to its end, which is told in words. Raises OSError."""
        path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        with (
            sheltered(),
            subprocess.Popen(
                [sys.executable, "-P", "-m", "bench.tracking.follower"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "PYTHONPATH": path},
            ) as child,
        ):
            with self._changed:
                self._child = child
                self._send(json.dumps(self._order))
                self._send(f"look {self._asked}")
                if self._closing.is_set():
                    self._send("stop")
            assert child.stdout is not None
            for line in child.stdout:
                with self._changed, suppress(ValueError):  # A killed child leaves half a line.
                    self._said = json.loads(line)
                    self._changed.notify_all()
            code = child.wait()
            with self._changed:
                self._child = None
                assert child.stdin is not None
                with suppress(BrokenPipeError):
                    child.stdin.close()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return f"the process of the mirror {how} and is started again"

    def _send(self, line: str) -> None:
        """Say something to the child, if there is one that listens."""
        if self._child is not None and self._child.stdin is not None:
            with suppress(BrokenPipeError, ValueError):
                self._child.stdin.write(line + "\n")
                self._child.stdin.flush()
