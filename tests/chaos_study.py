"""The study that is to survive, and the command that runs it, as a user types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos_processes import Process, end_session, of_session

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
RETRIES = 1000
"""More than there are kills: what is tried here is that each is harmless, not how many are borne."""
STUDY = """\
# Forty short runs in ten cohorts of five and of three; four arms have a memory besides the optimiser's.
question: Does a study end the same, whatever is killed while it runs?
base:
  data: ring
  model: {mlp: {width: 32}}
  steps: 200
  batch_size: 64
  latent_size: 2
arms:
  plain: {}
  averaged: {ema: {decay: 0.99}, instance_noise: {sigma: 0.1, until: 0.5}}
  looking ahead: {lookahead: on, spectral_norm: on}
  replaying: {experience_replay: on, lecam: on}
  remembering: {historical_averaging: on, r1: {gamma: 0.3}}
  adaptive: {ada: on}      # not applicable: points are no images; it has its place in the record too
seeds: 8
metrics: [modes]
evaluate_every: 50
samples: 500
"""
QUICK = """\
question: Does a study end the same, whatever is killed while it runs?
base:
  data: ring
  model: {mlp: {width: 16}}
  steps: 80
  batch_size: 32
arms:
  averaged: {ema: {decay: 0.99}, instance_noise: {sigma: 0.1, until: 0.5}}
  looking ahead: {lookahead: on}
  adaptive: {ada: on}
seeds: 4
metrics: [modes]
evaluate_every: 20
samples: 100
"""


@dataclass(frozen=True)
class Size:
    """How much is tried."""

    study: str
    runs: int
    cohort: int
    driver_kills: int


WHOLE = Size(STUDY, runs=40, cohort=5, driver_kills=5)
SMOKE = Size(QUICK, runs=8, cohort=3, driver_kills=2)


@dataclass
class Command:
    """`ganbench run` on a study's file, started again and again with the same words."""

    study: Path
    words: Sequence[str]
    """Options."""
    folder: Path
    """Of results, with the command's log, cache and temporary files beside it."""
    process: subprocess.Popen[bytes] | None = None
    sessions: list[int] = field(default_factory=list)
    """Of every start; their leaders' process ids."""

    @property
    def results(self) -> Path:
        """The study's own folder."""
        return self.folder / "results" / self.study.stem

    @property
    def journal(self) -> Path:
        """Its journal."""
        return self.results / "journal.jsonl"

    @property
    def temporary(self) -> Path:
        """Where the command's processes keep what is only looked at while they run."""
        return self.folder / "tmp"

    @property
    def log(self) -> Path:
        """Everything that it has said."""
        return self.folder / "run.log"

    def start(self) -> None:
        """Start it in a session of its own."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        places = {"GANBENCH_CACHE": str(self.folder / "cache"), "TMPDIR": str(self.temporary)}
        plain = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "110"}
        command = [sys.executable, "-m", "bench.cli", "run", str(self.study), *self.words]
        command += ["--results", str(self.folder / "results")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **places, **plain},
                start_new_session=True,
            )
        self.sessions.append(self.process.pid)

    @property
    def status(self) -> int | None:
        """Exit status of the last start; None while it runs."""
        assert self.process is not None
        return self.process.poll()

    def processes(self) -> list[Process]:
        """Of the last start; none before it."""
        return of_session(self.sessions[-1]) if self.sessions else []

    def orphans(self) -> list[Process]:
        """What is left of earlier starts, and of the last one if it has ended."""
        over = self.sessions if self.status is not None else self.sessions[:-1]
        return [process for session in over for process in of_session(session)]

    def kill_driver(self) -> None:
        """SIGKILL for the driver alone; its workers find out by themselves."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def kill_all(self) -> None:
        """SIGKILL for every process of every start."""
        for session in self.sessions:
            end_session(session)
        if self.process is not None:
            self.process.wait()


def command(folder: Path, name: str, uri: str | None, size: Size) -> Command:
    """The study's file, written under `folder`, and the command for it; `uri` None: a local store."""
    folder.mkdir(parents=True, exist_ok=True)
    study = folder / f"{name}.yaml"
    study.write_text(size.study, encoding="utf-8")
    words = ["--workers", str(WORKERS), "--cohort-size", str(size.cohort), "--device", "cpu"]
    words += ["--retries", str(RETRIES)]
    if uri is not None:
        words += ["--tracking-uri", uri]
    return Command(study, words, folder)


@dataclass
class Progress:
    """How much of the work is in the journal, read a stretch at a time."""

    journal: Path
    offset: int = 0
    scored: set[tuple[str, int]] = field(default_factory=set)
    """(run, step) of every score."""
    ended: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Read what is new."""
        if not self.journal.exists():
            return
        with self.journal.open("rb") as file:
            file.seek(self.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self.offset += len(line)
                self._take(line)

    def _take(self, line: bytes) -> None:
        if not line.startswith(b"{"):
            return
        event: dict[str, Any] = json.loads(line)
        if event["type"] == "score":
            self.scored.add((event["run"], event["step"]))
        elif event["type"] == "end" and event["verdict"] != "failed":
            self.ended.add(event["run"])
