"""The append-only record of a study: one JSON object a line, written before anything else knows.

Event types, all with `type` and `time` (seconds since the epoch):

    study    the plan as it was when a driver started (see bench/runner.py)
    oracle   scores: {output: value}        real data scored as if a generator had made it
    start    run, arm, seed, cohort, cohort_size, device, threads, generator, recipe, params,
             environment                generator: whether averaged or raw weights are sampled
             plugins: {name: sha256}    only where there are any: the source of each that takes part
    train    run, step, metrics: {name: value}          means over the steps since the last one
    score    run, step, metrics: {output: value}, held, seconds, protocol (its digest)
    image    run, step, path                relative to the study's folder
    end      run, verdict, onset, reason, final, best, best_step, area, noise, seconds, scoring_seconds,
             checkpoint
             area: {output: score averaged over training}; noise: {output: its standard deviation over
             sample sets of the last state}

A run that was killed and resumed may repeat events of steps it had already reached; they carry the
same values (unless protocols were mixed), and readers keep the first of each (run, type, step). A run that
failed may start again; its next end replaces the failure.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class Repeats:
    """Tells a repeat from news, for a reader that goes through the events in order."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, int | None]] = set()
        self._failed: set[str] = set()

    def has(self, event: Event) -> bool:
        """Whether the event repeats an earlier one; remembers it if not."""
        kind = event["type"]
        if kind == "start" and event["run"] in self._failed:
            # A failure of the machine is not the run's last word.
            self._failed.remove(event["run"])
            self._seen.discard(("end", event["run"], None))
        if kind not in ("train", "score", "image", "end"):
            return False
        key = kind, event["run"], event.get("step")
        if key in self._seen:
            return True
        self._seen.add(key)
        if kind == "end" and event.get("verdict") == "failed":
            self._failed.add(event["run"])
        return False


class Journal:
    """An append-only file of events. One writer at a time: the driver."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, *events: Event) -> None:
        """Write events durably enough to survive a killed process, in one system call."""
        if not events:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(json.dumps({"time": time.time(), **event}) + "\n" for event in events)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            left = memoryview(lines.encode())
            while left:
                left = left[os.write(descriptor, left) :]
        finally:
            os.close(descriptor)

    def read(self) -> Iterator[Event]:
        """Every event so far, in order; repeats of a resumed run and a torn last line left out."""
        repeats = Repeats()
        for line in self._lines():
            event = json.loads(line)
            if not repeats.has(event):
                yield event

    def mend(self) -> None:
        """Cut off a torn last line (a driver killed in mid-write), so that appending is safe."""
        if self.path.exists() and not (content := self.path.read_bytes()).endswith(b"\n") and content:
            with self.path.open("r+b") as file:
                file.truncate(content.rfind(b"\n") + 1)

    def _lines(self) -> Iterator[str]:
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.endswith("\n"):
                    yield line
