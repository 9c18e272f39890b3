"""What an MLflow server's outages cost training, and whether the record is complete after them.

    python tests/outages.py --markdown results/chaos/servers.md

A study trains while a real server, on SQLite and on PostgreSQL, is alive, killed for a while and started
again, and hung (SIGSTOP) for a while. Every message of a worker is timed: training goes on when the driver
has written it down. Beside it another pair of processes sends a byte to and fro, which says how much of a
wait is this machine's: what both show is no fault of the record.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import Any

from stores import contents
from tracking_server import Server, postgres

from bench.tracking import sync
from bench.tracking.client import connect

HERE = Path(__file__).parent
STUDY = """question: Does an outage of MLflow delay training?
base: {{data: ring, model: {{mlp: {{width: 8}}}}, batch_size: 8, steps: 1000}}
factors: {{lr: [1e-3, 2e-3, 3e-3, 4e-3]}}
seeds: {seeds}
metrics: [modes]
evaluate_every: 100
samples: 100
"""
NAME = "outages"
LONG = 0.1
"""Seconds that training may be held up by the record."""


@dataclass
class Phase:
    """A stretch of time in which the server was in one condition."""

    name: str
    began: float
    ended: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Seconds that workers' messages waited."""
    control: list[float] = field(default_factory=list)
    """Seconds that a byte took to another process and back."""
    long: list[str] = field(default_factory=list)
    """The waits of more than `LONG`, in words."""


def echo(pipe: Any) -> None:
    """Send back what comes."""
    while (word := pipe.recv()) is not None:
        pipe.send(word)


class Control:
    """Times a byte's way to another process and back, fifty times a second."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=echo, args=(theirs,), daemon=True)
        self.process.start()
        self.times: list[tuple[float, float]] = []
        self.over = Event()
        self.thread = Thread(target=self._go, daemon=True)
        self.thread.start()

    def _go(self) -> None:
        while not self.over.is_set():
            began, first = time.time(), time.perf_counter()
            self.pipe.send(b"x")
            self.pipe.recv()
            self.times.append((began, time.perf_counter() - first))
            time.sleep(0.02)
        self.pipe.send(None)

    def end(self) -> None:
        self.over.set()
        self.thread.join()
        self.process.join()


def trial(database: str, folder: Path, seconds: float, seeds: int) -> tuple[list[Phase], list[str]]:
    """One study through all conditions; the phases, and what became of the record in words."""
    server = Server(database, folder / "server").start()
    study, waits = folder / f"{NAME}.yaml", folder / "waits"
    study.write_text(STUDY.format(seeds=seeds))
    results = folder / "results"
    command = [sys.executable, str(HERE / "outage_driver.py"), str(waits), "run", str(study)]
    command += [
        "--results",
        str(results),
        "--tracking-uri",
        server.uri,
        "--cohort-size",
        "4",
        "--workers",
        "2",
    ]
    with (folder / "output").open("w") as output:
        driver = subprocess.Popen(command, stdout=output, stderr=output)
    phases, control = [], Control()

    def phase(name: str, length: float) -> None:
        assert driver.poll() is None, f"the study ended before {name!r}: more --seeds"
        phases.append(Phase(name, time.time()))
        time.sleep(length)
        phases[-1].ended = time.time()

    try:
        until(lambda: any(folder.glob("waits.*")), "training")
        phase("alive", seconds / 2)
        server.kill()
        phase("killed", seconds)
        server.start()
        phase("alive again", seconds / 2)
        server.signal(signal.SIGSTOP)
        phase("hung", seconds)
        server.signal(signal.SIGCONT)
        phase("answers again", seconds / 2)
        driver.send_signal(signal.SIGINT)
        driver.wait(300.0)
    finally:
        driver.kill()
        control.end()
        server.signal(signal.SIGCONT)
    said = (folder / "output").read_text()
    for path in folder.glob("waits.*"):
        for line in path.read_text().splitlines():
            began, waited = map(float, line.split())
            _sort(phases, began, waited, "waits")
            if waited > LONG:
                worst = max(
                    (took for at, took in control.times if began - 1 < at < began + waited), default=0
                )
                when = f"{time.strftime('%H:%M:%S', time.localtime(began))}, {waited - LONG:.2f} s too long"
                phases[-1].long.append(f"{when}; the control's longest then: {1e3 * worst:.0f} ms")
    for began, took in control.times:
        _sort(phases, began, took, "control")
    sys.stderr.write((folder / "output").read_text())
    verdict = compare(results / NAME, server, database, folder, said)
    server.kill()
    return phases, verdict


def _sort(phases: list[Phase], began: float, took: float, kind: str) -> None:
    for phase in phases:
        if phase.began <= began < phase.ended:
            getattr(phase, kind).append(took)


def compare(results: Path, server: Server, database: str, folder: Path, said: str) -> list[str]:
    """Whether the server holds what a fresh store holds that is told the same journal at once."""
    left = sync(results / "journal.jsonl", server.uri)
    shutil.copytree(results, folder / "again" / NAME, ignore=shutil.ignore_patterns("mirror*"))
    fresh = f"sqlite:///{folder / 'fresh.db'}"
    connect(fresh)
    sync(folder / "again" / NAME / "journal.jsonl", fresh)
    wanted, found = contents(fresh, NAME), contents(database, NAME)
    for held in (wanted, found):
        for run in held.values():
            if isinstance(run, dict):
                run.pop("artifacts")
    points = sum(len(run["metrics"]) for run in found.values() if isinstance(run, dict))
    told = [line for line in said.splitlines() if "MLflow" in line and "  " in line]
    events = (results / "journal.jsonl").read_bytes().count(b"\n")
    same = "the same as" if wanted == found else "NOT the same as"
    return [
        f"{events} events; {left} were left for `ganbench sync` after the study was stopped",
        f"{len(found) - 1} MLflow runs with {points} metric points, {same} in an undisturbed store",
        *(f"the terminal: {line.strip()}" for line in told),
    ]


def until(happened: Callable[[], object], what: str, patience: float = 600.0) -> None:
    """Wait. Raises AssertionError when it has been too long."""
    limit = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < limit, f"in vain: {what}"
        time.sleep(0.1)


def table(phases: list[Phase]) -> list[str]:
    """Markdown."""
    head = "| server | seconds | messages | wait: median | 99 % | longest | control: 99 % | longest |"
    lines = [head, "| --- " + "| ---: " * 7 + "|"]
    for phase in phases:
        cells = [f"{phase.ended - phase.began:.0f}", str(len(phase.waits))]
        shares = ((phase.waits, (0.5, 0.99, 1.0)), (phase.control, (0.99, 1.0)))
        cells += [f"{1e3 * quantile(values, share):.0f} ms" for values, of in shares for share in of]
        lines.append(f"| {phase.name} | " + " | ".join(cells) + " |")
    return lines


def quantile(values: list[float], share: float) -> float:
    """Of the ordered values, that at `share` of the way; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def main() -> None:
    """Run both and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", type=Path, help="file to write; else stdout")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each outage")
    parser.add_argument("--seeds", type=int, default=40, help="of the study: enough to last")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    chosen = parser.parse_args()
    lines = [
        "# Outages of the MLflow server",
        "",
        " ".join((__doc__ or "").partition("\n\n    ")[0].split()),
        "",
    ]
    lines += [
        "A wait is the time from a worker's message (one a snapshot) to the driver's word that it is written "
        "down. The control is a byte's way to another process of the machine and back, fifty times a second.",
    ]
    for store in chosen.store or ["sqlite", "postgresql"]:
        with ExitStack() as held:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
            folder.chmod(0o755)  # PostgreSQL refuses to run as root, and so runs as another user.
            if store == "sqlite":
                database = f"sqlite:///{folder / 'server.db'}"
            else:
                database = held.enter_context(postgres(folder / "postgres"))
            phases, verdict = trial(database, folder, chosen.seconds, chosen.seeds)
        lines += [
            "",
            f"## `mlflow server` on {store}",
            "",
            *table(phases),
            "",
            *(f"* {line}" for line in verdict),
            *(f"* a wait of more than {LONG} s: {line}" for phase in phases for line in phase.long),
        ]
    text = "\n".join(lines) + "\n"
    if chosen.markdown is None:
        sys.stdout.write(text)
    else:
        chosen.markdown.parent.mkdir(parents=True, exist_ok=True)
        chosen.markdown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
