"""The thread that follows a journal into MLflow, and the same in the foreground.

What has been mirrored is remembered in `mirror.json` beside the journal, only to save work: without it
everything is sent again, and sending again adds nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bench.tracking.address import redact, scrub
from bench.tracking.client import connect, experiment, locked
from bench.tracking.entries import Chunk, Key
from bench.tracking.errors import TrackingError
from bench.tracking.fold import Fold, events
from bench.tracking.keys import truncate
from bench.tracking.writer import Writer

EVENTS_PER_CHUNK = 2000
LONGEST_PAUSE = 30.0
"""Seconds between attempts while MLflow cannot be reached."""


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


class Session:
    """One connection: a journal, a place in it, and an experiment."""

    def __init__(self, journal: Path, uri: str, artifacts: Path | None) -> None:
        self.journal = journal
        self.address = redact(uri)
        self.offset = 0
        self.fold = Fold(journal.parent)
        first = next(events(journal), None)
        if first is None or first[1]["type"] != "study":
            raise TrackingError(f"{journal} does not begin with its study event")
        client = connect(uri)
        found = experiment(client, first[1]["name"], artifacts, uri)
        with journal.open("rb") as file:
            head = hashlib.sha256(file.read(first[0])).hexdigest()[:12]
        self.identity = {"experiment": found.experiment_id, "created": found.creation_time, "journal": head}
        self.writer = Writer(client, found.experiment_id, head)
        self._skip(self._cached())

    def advance(self) -> int:
        """Send the next stretch of the journal and remember it; the number of events in it."""
        stretch = list(islice(events(self.journal, self.offset), EVENTS_PER_CHUNK))
        if not stretch:
            return 0
        chunk = Chunk()
        for _, event in stretch:
            self.fold.apply(event, chunk)
        self.writer.write(chunk)
        self.offset = stretch[-1][0]
        self._remember()
        return len(stretch)

    def _skip(self, offset: int) -> None:
        """Take note of what was mirrored before, or of nothing if MLflow has lost some of it."""
        if offset > self.journal.stat().st_size:
            return
        fold = Fold(self.journal.parent)
        for behind, event in events(self.journal):
            if behind > offset:
                break
            fold.apply(event, Chunk())
        expected: set[Key] = {("run", run) for run in fold.started}
        expected |= {("arm", start["arm"]) for start in fold.started.values()}
        if all(self.writer.knows(key) for key in expected):
            self.fold, self.offset = fold, offset

    def _cached(self) -> int:
        """Offset in the journal up to which this store is known to be complete."""
        known = _read_json(self.journal.with_name("mirror.json")).get(self.address)
        if not isinstance(known, dict) or {key: known.get(key) for key in self.identity} != self.identity:
            return 0
        return int(known["offset"])

    def _remember(self) -> None:
        path = self.journal.with_name("mirror.json")
        content = _read_json(path) | {self.address: {**self.identity, "offset": self.offset}}
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        temporary.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(path)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


class Mirror:
    """Follows a journal in a thread of its own. No method waits for MLflow but `wait`."""

    def __init__(self, journal: Path, uri: str, artifacts: Path | None = None, *, every: float = 1.0) -> None:
        """
        Args:
            journal: The study's journal; it need not exist yet.
            uri: An MLflow tracking URI (see `resolve_uri`).
            artifacts: As in `client.experiment`.
            every: Seconds between looks at the journal.
        """
        self.journal = journal
        self._uri = uri
        self._artifacts = artifacts
        self._every = every
        self._changed = threading.Condition()
        self._look = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._offset = 0
        self._mirrored = 0
        self._attempts = 0
        self._failures = 0
        self._error: str | None = None
        self._told: str | None = None
        self._missing: tuple[str, ...] = ()

    def start(self) -> Mirror:
        """Begin to follow; returns at once."""
        assert self._thread is None, "a mirror starts once"
        # A daemon: a server that never answers must not keep a finished study from exiting.
        self._thread = threading.Thread(target=self._run, name="mlflow mirror", daemon=True)
        self._thread.start()
        return self

    def wait(self, timeout: float | None = None) -> bool:
        """Whether MLflow has everything that was in the journal at the time of the call.

        Returns when that is so, after `timeout` seconds, or, without a timeout, as soon as an attempt fails.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        target = _whole(self.journal)
        with self._changed:
            # An attempt under way may have begun before the last events were written.
            attempts, failures = self._attempts, self._failures
            while self._offset < target:
                if self._thread is None or not self._thread.is_alive():
                    return False
                if deadline is None and self._failures > failures and self._attempts > attempts:
                    return False
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._look.set()
                self._changed.wait(1.0 if left is None else min(left, 1.0))
        return True

    @property
    def status(self) -> Status:
        """How far behind it is, and why."""
        with self._changed:
            return Status(self._mirrored, self._pending(), self._error, self._missing)

    def news(self) -> str | None:
        """A sentence for the user when MLflow became unreachable or reachable again; once each time."""
        with self._changed:
            if (self._error is None) == (self._told is None):
                return None
            self._told = self._error
            if self._error is None:
                return "MLflow answers again; the record is being completed."
            return f"MLflow does not take the record ({self._error}); the journal keeps everything."

    def close(self, timeout: float = 5.0) -> bool:
        """Stop following after the call under way; whether the thread ended within `timeout` seconds."""
        self._stopping = True
        self._look.set()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _pending(self) -> int:
        if not self.journal.exists():
            return 0
        with self.journal.open("rb") as file:
            file.seek(self._offset)
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))

    def _run(self) -> None:
        pause = self._every
        while not self._stopping:
            with ExitStack() as held:
                try:
                    self._follow(held)
                except Exception as error:  # Whatever MLflow raises: training must not end for it.
                    reason = truncate(scrub(_first_line(error), self._uri), 200)
                    with self._changed:
                        self._error, self._failures = reason, self._failures + 1
                        self._changed.notify_all()
            self._pause(pause)
            pause = min(2.0 * pause, LONGEST_PAUSE) if self._error else self._every

    def _follow(self, held: ExitStack) -> None:
        """Mirror until told to stop; whatever goes wrong ends the connection and is raised."""
        with self._changed:
            self._attempts += 1
        if _whole(self.journal) == 0:
            return
        held.enter_context(locked(self.journal.with_name("mirror.lock"), timeout=0.0))
        session = Session(self.journal, self._uri, self._artifacts)
        self._progress(session, 0)
        while not self._stopping:
            with self._changed:
                self._attempts += 1
            count = session.advance()
            self._progress(session, count)
            if count == 0:
                self._pause(self._every)

    def _progress(self, session: Session, count: int) -> None:
        with self._changed:
            self._offset, self._error = session.offset, None
            self._mirrored += count
            self._missing = tuple(session.writer.missing)
            self._changed.notify_all()

    def _pause(self, seconds: float) -> None:
        if not self._stopping:
            self._look.wait(seconds)
            self._look.clear()


def sync(journal: Path, uri: str, artifacts: Path | None = None) -> int:
    """Bring MLflow up to date with a journal and return; the number of events sent.

    Raises:
        TrackingError: MLflow refused or could not be reached, or a running study is mirroring this journal.
    """
    if _whole(journal) == 0:
        return 0
    try:
        with locked(journal.with_name("mirror.lock"), timeout=0.0):
            session = Session(journal, uri, artifacts)
            total = 0
            while count := session.advance():
                total += count
            return total
    except TrackingError:
        raise
    except Exception as error:
        raise TrackingError(scrub(_first_line(error), uri)) from None


def _whole(journal: Path) -> int:
    """Offset just behind the journal's last whole line."""
    if not journal.exists():
        return 0
    with journal.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _first_line(error: Exception) -> str:
    text = " ".join(str(error).strip().partition("\n")[0].split())
    return text or type(error).__name__
