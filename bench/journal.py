"""The append-only record of a study: one JSON object a line, written before anything else knows.

Event types, all with `type` and `time` (seconds since the epoch):

    study    the plan as it was when a driver started (see bench/runner.py)
    oracle   scores: {output: value}        real data scored as if a generator had made it
    start    run, arm, seed, cohort, cohort_size, device, threads, generator, scoring, recipe, params,
             environment                generator: whether averaged or raw weights are sampled
             scoring: metrics, evaluate_every, samples, resamples, stop_when; with the recipe the whole run
             plugins: {name: sha256}    only where there are any: the source of each that takes part
    train    run, step, metrics: {name: value}          means over the steps since the last one
    score    run, step, metrics: {output: value}, held, seconds, protocol (its digest)
    image    run, step, path                relative to the study's folder
    trial    arm, number, batch, sampler, knobs: {name: value}, seeds, runs
             design `search` only; before the trial's runs start
    winner   arm, trial (its number), trials (of how many), knobs, output, value, failed
             value: mean of the output's final score over the trial's seeds; failed: runs without one
    end      run, verdict, onset, reason, final, best, best_step, area, noise, seconds, scoring_seconds,
             steps, checkpoint, stopped, log
             stopped: why before its last step, of a run that was (see `bench.stopping`)
             area: {output: score averaged over training}; noise: {output: its standard deviation over
             sample sets of the last state}; log: the worker's last lines, of a run that failed

and of how the work goes, which changes no result:

    driver   phase: "begin" or "end", host, pid, executor, devices, command (as typed, without passwords);
             at the end how: done, interrupted, failed
    task     cohort, runs, steps, worker, device, attempt    a worker begins on a cohort, or goes on with it
    cohort   cohort, step, seconds                           how far a cohort is, and its time in training
    trouble  cohort (or null), kind, sentence, log           what went wrong, and what is done about it
             lines: of kind `damage`, the numbers of the damaged lines whose consequences have been drawn
    split    cohort, into: [[run, ...], ...]                 a cohort goes on in parts: too little memory

A run that was killed and resumed may repeat events of steps it had already reached; they carry the
same values (unless protocols were mixed), and readers keep the first of each (run, type, step). A run that
failed may start again; its next end replaces the failure. Times are the clock's, which may be set back.
Damaged lines are passed over and told of (see `bench.journal_lines`).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from bench.journal_lines import Event as Event
from bench.journal_lines import Line, damage, lines, whole, written
from gan.durable import flush_folder
from gan.room import Room

_BEGIN = re.compile(rb'\{"time": [^,"]+, "type": "(\w+)"(?:, "run": "(\w+)")?')
_CURVES = ("train", "cohort")
_FLUSH_SECONDS = 1.0
"""Between flushes of what is told often: one takes 0.2 ms on a good disk, and tens of them on a slow one."""
_NOTHING: Event = {}


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


def asked(but: Collection[str], of: Collection[str] | None = None) -> Callable[[bytes], Event | None]:
    """What leaves out a line that begins as one of these types, or of another run than these.

    A million lines are a minute of parsing, and most of them are of training long over.
    """
    begin, unwanted = _BEGIN.match, {kind.encode() for kind in but}
    runs = None if of is None else {run.encode() for run in of}

    def skim(line: bytes) -> Event | None:
        found = begin(line)
        if found is None:
            return None
        kind, run = found.groups()
        lost = kind in unwanted or (runs is not None and run is not None and run not in runs)
        return _NOTHING if lost else None

    return skim


class Journal:
    """An append-only file of events. One writer at a time: the driver."""

    def __init__(self, path: Path, room: Room | None = None) -> None:
        """`room`: how to wait while the disk is full; None: `append` raises OSError instead."""
        self.path = path
        self.room = room
        self.damage: str | None = None
        """What is wrong with the file, in a sentence or two; None before it was read to its end."""
        self._wrong: dict[int, Line] = {}
        self._flushed = float("-inf")

    def append(self, *events: Event) -> None:
        """Write events so that they survive a killed process, and a loss of power.

        What a run's outcome rests on is on the disk when this returns; curves follow within a second.

        Raises:
            OSError: They could not be written, or not all. What was is whole lines.
            gan.room.Stopped: The same, and the user stopped while `room` waited.
        """
        if not events:
            return
        data = b"".join(written({"time": time.time(), **event}) for event in events)
        flush = any(event["type"] not in _CURVES for event in events)
        flush = flush or time.monotonic() - self._flushed > _FLUSH_SECONDS
        begin: int | None = None

        def attempt() -> None:
            nonlocal begin
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                size = os.fstat(descriptor).st_size
                begin = size if begin is None else begin
                _write(descriptor, data, begin, size - begin)
                if flush:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)

        if self.room is None:
            attempt()
        else:
            self.room.write(attempt, self.path.parent)
        if flush:
            self._flushed = time.monotonic()
        if begin == 0:
            flush_folder(self.path.parent)

    @property
    def size(self) -> int:
        """Bytes so far; 0 if it does not exist."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read(self, but: Collection[str] = (), of: Collection[str] | None = None) -> Iterator[Event]:
        """Every event so far, in order, but repeats of a resumed run, damaged lines and a torn last one.

        Args:
            but: Types that the reader does not ask for; their lines are not parsed.
            of: The runs that are asked for; None: all.
        """
        repeats = Repeats()
        for line in lines(self.path, skim=asked(but, of)):
            if line.wrong is not None:
                self._wrong[line.number] = line
            if line.event and not repeats.has(line.event):
                yield line.event
        self.damage = damage([self._wrong[number] for number in sorted(self._wrong)], self.path)

    @property
    def damaged(self) -> frozenset[int]:
        """The numbers of the damaged lines, as far as it was read."""
        return frozenset(self._wrong)

    def mend(self) -> None:
        """Cut off a torn last line (a driver killed in mid-write), so that appending is safe."""
        if self.path.exists() and (end := whole(self.path)) < self.path.stat().st_size:
            os.truncate(self.path, end)


def _write(descriptor: int, data: bytes, begin: int, done: int) -> None:
    """Write whole lines behind byte `begin`, of which an earlier attempt has left `done` bytes there.

    Raises OSError, and leaves no part of a line then if the disk still takes orders at all.
    """
    kept = data.rfind(b"\n", 0, done) + 1
    if kept < done:
        os.ftruncate(descriptor, begin + kept)
    left = memoryview(data)[kept:]
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError:
        kept = data.rfind(b"\n", 0, len(data) - len(left)) + 1
        with suppress(OSError):
            os.ftruncate(descriptor, begin + kept)
        raise
