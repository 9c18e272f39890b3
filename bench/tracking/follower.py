"""The process that follows a journal into MLflow: `python -m bench.tracking.follower`, started by `Mirror`.

It is told what to do in lines on stdin, so that an address with a password stands in no list of processes:
first an order (JSON), then `look N` to look now, or `stop`. The end of stdin is the end of the driver. It
answers on stdout, a JSON object whenever something has changed (see `_Teller`). Nothing of torch is here.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from bench.journal_lines import whole
from bench.tracking.address import redact
from bench.tracking.locks import LOCK, locked
from bench.tracking.notes import noted_offset, tell
from bench.tracking.pulse import Pulse
from bench.tracking.session import Session
from bench.tracking.words import reason

_FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between attempts while MLflow cannot be reached; twice as long each time."""
_REST = 30.0
"""How many times as long as it has worked a follower rests: the cores are the workers'."""
_SELDOM = 6.0
"""How many times as long as asked for it rests at most; who waits for it wakes it."""
SILENCE = 30.0
"""Seconds of a single call after which MLflow counts as not answering; HTTP calls end earlier."""
_FAREWELL = 2.0
"""Seconds that a call under way has to end once the driver wants no more, or is dead."""


class _Teller:
    """Says how the mirror fares, to the driver and in the notes."""

    def __init__(self, journal: Path, uri: str, out: TextIO) -> None:
        self._folder = journal.parent
        self._address = redact(uri)
        self._out = out
        self._lock = threading.Lock()
        self._since: float | None = None
        self._noted = False
        self.told: dict[str, Any] = {
            "offset": noted_offset(self._folder, self._address),  # up to which MLflow has the journal
            "mirrored": 0,  # events sent
            "settled": False,  # whether MLflow was asked, and no double can be left from a failed attempt
            "failed": 0,  # number of the last `look` that was followed by a failure
            "error": None,
            "missing": [],
        }

    def say(self, noted: bool = True, **news: Any) -> None:
        """Add to what is known; a mirror that does not hold the lock must not note anything."""
        with self._lock:
            before, self.told = self.told, self.told | news
            if self.told == before and noted == self._noted:
                return
            self._noted = noted
            error = self.told["error"]
            self._since = None if error is None else self._since or time.time()
            if noted:
                tell(self._folder, self._address, self.told["offset"], error, self._since)
            self._out.write(json.dumps(self.told) + "\n")
            self._out.flush()


class Follower:
    """Mirrors until told to stop. Whatever MLflow raises is said, and tried again."""

    def __init__(self, order: dict[str, Any], out: TextIO) -> None:
        """`order`: journal, uri, artifacts (as of `client.experiment`), every (seconds between looks)."""
        self.journal = Path(order["journal"])
        self.uri = str(order["uri"])
        self.artifacts = None if order["artifacts"] is None else Path(order["artifacts"])
        self.every = float(order["every"])
        self.pulse = Pulse()
        self.teller = _Teller(self.journal, self.uri, out)
        self._wake = threading.Event()
        self._stopping = False
        self._asked = 0
        self._attempt = 0
        """What had been asked when the attempt under way began."""

    def run(self) -> None:
        """Until `stop`."""
        pause, tidied, mine = self.every, True, False
        with ExitStack() as held:
            while not self._stopping:
                self._attempt = self._asked
                try:
                    if whole(self.journal) > 0:
                        if not mine:
                            held.enter_context(locked(self.journal.with_name(LOCK), timeout=0.5))
                            mine = True
                        self._follow(tidied)
                except Exception as error:
                    tidied = False
                    pause = min(2.0 * pause, LONGEST_PAUSE) if self.teller.told["error"] else _FIRST_PAUSE
                    self.teller.say(mine, error=reason(error, self.uri), failed=self._attempt, settled=False)
                else:
                    pause = self.every
                self._pause(pause)

    def _follow(self, tidied: bool) -> None:
        """Mirror until told to stop; whatever goes wrong ends the connection and is raised."""
        session = Session(self.journal, self.uri, self.artifacts, self.pulse.call)
        # That MLflow answers is not yet that it takes what is sent.
        self.teller.say(offset=session.offset)
        begun = time.process_time()
        while not self._stopping:
            self._attempt = self._asked
            count = session.advance()
            self._progress(session, count, tidied)
            if count == 0:
                if not tidied:
                    session.writer.tidy()
                    tidied = True
                    self._progress(session, 0, tidied)
                self._pause(rest(time.process_time() - begun, self.every))
                begun = time.process_time()

    def _progress(self, session: Session, count: int, settled: bool) -> None:
        mirrored = self.teller.told["mirrored"] + count
        missing = list(session.writer.missing)
        self.teller.say(
            offset=session.offset, mirrored=mirrored, settled=settled, error=None, missing=missing
        )

    def _pause(self, seconds: float) -> None:
        if not self._stopping:
            self._wake.wait(seconds)
            self._wake.clear()

    def listen(self, orders: TextIO) -> None:
        """Take orders until there are no more; then end, with the call under way if that ends soon."""
        for line in orders:
            word, _, number = line.strip().partition(" ")
            if word == "stop":
                break
            self._asked = int(number)
            self._wake.set()
        self._stopping = True
        self._wake.set()
        time.sleep(_FAREWELL)
        # Nothing is lost by an end at any point: what is not noted is sent again.
        os._exit(0)

    def watch(self) -> None:
        """Say so when a call gets no answer; nothing can interrupt it."""
        while True:
            time.sleep(1.0)
            if self.pulse.silent > SILENCE:
                error = f"no answer for {SILENCE:.0f} seconds: {redact(self.uri)}"
                self.teller.say(error=error, failed=self._attempt)


def rest(worked: float, least: float) -> float:
    """Seconds until the next look: every look costs MLflow the same, so that many small ones cost the most.

    Args:
        worked: Processor seconds of this one.
        least: Seconds between looks that cost nothing.
    """
    return min(max(least, _REST * worked), _SELDOM * least)


def main() -> None:
    """A follower's life."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # What a signal to the whole process group means is the driver's business.
        signal.signal(number, signal.SIG_IGN)
    # Whatever MLflow prints must not come between the answers.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    line = sys.stdin.readline()
    if not line:
        return
    follower = Follower(json.loads(line), out)
    for work in (lambda: follower.listen(sys.stdin), follower.watch):
        threading.Thread(target=work, daemon=True).start()
    follower.run()
    # Daemons may hold the locks of streams that the interpreter would flush.
    os._exit(0)


if __name__ == "__main__":
    main()
