"""The processes of a command, told apart from outside by what /proc says of them (Linux)."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["driver", "worker", "child", "helper"]
"""driver: the command itself. worker: a child that trains. child: the server that forks workers, or the one
that speaks to MLflow. helper: Python's own, which only tidies up."""


@dataclass(frozen=True)
class Process:
    """One process of a session."""

    pid: int
    kind: Kind

    def send(self, number: signal.Signals) -> bool:
        """Signal it; whether it was there to hear."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def of_session(session: int) -> list[Process]:
    """The living processes of a session, orphans included; the driver led it, if it is alive."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        # A process may end while it is looked at.
        with suppress(OSError):
            pid = int(folder.name)
            if os.getsid(pid) == session and _state(folder) not in "ZX":
                found.append(Process(pid, _kind(folder, session)))
    return sorted(found, key=lambda process: process.pid)


def end_session(session: int) -> None:
    """SIGKILL for all that is left of a session."""
    for process in of_session(session):
        process.send(signal.SIGKILL)


def _state(folder: Path) -> str:
    """One letter: R, S, D, T (stopped), Z (dead, not yet collected), ..."""
    return (folder / "stat").read_text().rpartition(")")[2].split()[0]


def _kind(folder: Path, session: int) -> Kind:
    if int(folder.name) == session:
        return "driver"
    words = (folder / "cmdline").read_bytes().decode(errors="replace")
    # A worker is forked, so its command line is the server's; the name it gives itself is its own.
    if "ray::" in words or (folder / "comm").read_text(errors="replace").startswith("ganbench"):
        return "worker"
    return "child" if "forkserver" in words or "bench.tracking.follower" in words else "helper"
