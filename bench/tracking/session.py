"""One connection to MLflow: what a journal says is sent stretch by stretch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench.journal_lines import whole
from bench.tracking.address import redact
from bench.tracking.client import connect, experiment
from bench.tracking.entries import Chunk, Key
from bench.tracking.errors import TrackingError
from bench.tracking.fold import Fold
from bench.tracking.lines import events
from bench.tracking.locks import LOCK, Held, locked
from bench.tracking.notes import read_notes, remember, tell
from bench.tracking.words import reason
from bench.tracking.writer import Writer

EVENTS_PER_CHUNK = 2000
Watch = Callable[[str], AbstractContextManager[None]]
"""Entered around every call to MLflow, with the call's name."""


class Session:
    """A journal, a place in it, and an experiment. After any error it is of no use: make a new one.

    A call whose answer was lost may have been carried out, so a new session looks up what there is first.
    """

    def __init__(self, journal: Path, uri: str, artifacts: Path | None, watch: Watch | None = None) -> None:
        self.journal = journal
        self.address = redact(uri)
        self.offset = 0
        self.fold = Fold(journal.parent)
        first = next(events(journal), None)
        study = next((event for _, event in events(journal) if event["type"] == "study"), None)
        if first is None or study is None:
            raise TrackingError(f"{journal} has no study event")
        client = connect(uri, watch)
        found = experiment(client, study["name"], artifacts, uri)
        with journal.open("rb") as file:
            head = hashlib.sha256(file.read(first[0])).hexdigest()[:12]
        self.identity = {"experiment": found.experiment_id, "created": found.creation_time, "journal": head}
        self.writer = Writer(client, found.experiment_id, head)
        known = read_notes(journal.parent).get(self.address)
        if isinstance(known, dict) and {key: known.get(key) for key in self.identity} == self.identity:
            self._skip(int(known["offset"]))

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
        remember(self.journal.parent, self.address, {**self.identity, "offset": self.offset})
        return len(stretch)

    def _skip(self, offset: int) -> None:
        """Take note of what was mirrored before, or of nothing if MLflow has lost some of it."""
        if offset > self.journal.stat().st_size:
            return
        fold = Fold(self.journal.parent)
        for behind, event in events(self.journal, known=True):
            if behind > offset:
                break
            fold.learn(event)
        expected: set[Key] = {fold.key(run) for run in fold.started}
        expected |= {("arm", start["arm"]) for start in fold.started.values()}
        if all(self.writer.knows(key) for key in expected):
            self.fold, self.offset = fold, offset


@dataclass(frozen=True)
class Sent:
    """What a call of `complete` did."""

    events: int
    missing: tuple[str, ...]
    """Files that the journal names and that are gone."""


def complete(journal: Path, uri: str, artifacts: Path | None = None) -> Sent:
    """Bring MLflow up to date with a journal.

    Raises:
        Held: A running study is mirroring this journal.
        TrackingError: MLflow refused or could not be reached; what it took is remembered.
    """
    if whole(journal) == 0:
        return Sent(0, ())
    total = 0
    try:
        with locked(journal.with_name(LOCK), timeout=0.5):
            session = Session(journal, uri, artifacts)
            while count := session.advance():
                total += count
            tell(journal.parent, session.address, session.offset, None, None)
            return Sent(total, tuple(session.writer.missing))
    except Held:
        raise
    except Exception as error:
        raise TrackingError(reason(error, uri)) from None


def sync(journal: Path, uri: str, artifacts: Path | None = None) -> int:
    """As `complete`; the number of events sent."""
    return complete(journal, uri, artifacts).events
