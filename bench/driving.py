"""Who drives a study, since when, and whether it still does."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Literal

from bench.alone import Holder
from bench.clock import duration, moment
from bench.standing import Standing

State = Literal["running", "done", "interrupted", "failed", "gone", "elsewhere", "unknown"]
"""What the last driver does.

    running       it is a process of this machine, and holds the study's folder
    done, interrupted, failed    how it said that it ended
    gone          it was a process of this machine, has not said that it ended and holds nothing: killed
    elsewhere     it began on another machine and has not said that it ended
    unknown       the journal does not tell of drivers
"""


@dataclass(frozen=True)
class Driving:
    """The last driver of a study."""

    state: State
    host: str | None = None
    pid: int | None = None
    since: float | None = None
    """When it began, in seconds since the epoch."""
    ended: float | None = None
    """When it ended."""
    heard: float | None = None
    """When the journal was last written to."""

    @property
    def going(self) -> bool:
        """Whether the study may be under way."""
        return self.state in ("running", "elsewhere")

    def sentence(self, now: float) -> str:
        """In words; `now` is in seconds since the epoch."""
        last = f"last word {duration(now - self.heard)} ago" if self.heard is not None else "no word yet"
        if self.since is None:
            return last
        since = moment(self.since, now)
        where = f"{self.host}, process {self.pid}"
        if self.ended is not None:
            how = {"done": "came to its end", "interrupted": "was interrupted"}.get(self.state, "failed")
            return f"not running: the driver on {where} {how} at {moment(self.ended, now)}"
        if self.state == "running":
            return f"running on {where}, since {since}; {last}"
        if self.state == "gone":
            return f"not running: the driver on {where} began at {since} and was killed; {last}"
        return f"running, or killed, on {where}, since {since}; {last}"


def driving(standing: Standing, held: Holder | None) -> Driving:
    """Who drives the study, by the lock on its folder, and by its journal if nobody holds that."""
    if held is not None:
        state: State = "running" if held.lives else "elsewhere"
        return Driving(state, held.host, held.pid, held.since, heard=standing.last)
    begun, over = standing.driver, standing.over
    if begun is None:
        return Driving("unknown", heard=standing.last)
    host, pid, since = str(begun["host"]), int(begun["pid"]), float(begun["time"])
    if over is not None:
        how: State = over["how"] if over["how"] in ("done", "interrupted") else "failed"
        return Driving(how, host, pid, since, float(over["time"]), standing.last)
    # Another machine's lock need not be seen here.
    there: State = "gone" if host == platform.node() else "elsewhere"
    return Driving(there, host, pid, since, heard=standing.last)
