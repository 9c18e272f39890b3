"""Does a study end the same, whatever is killed while it runs? `python tests/chaos.py --seeds 10`.

A study of 40 short runs is run once undisturbed, into a store of its own. Then, once a random seed, the
same study is run by the real command line against a real MLflow server, and a storm (`chaos_storm.py`) passes
over both. At the end everything that it has left behind is compared (`chaos_checks.py`). Exit status 1 if
anything is not as it must be.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

# The repository need not be installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chaos_checks import Verdict, judge
from chaos_record import Record, record
from chaos_server import Server
from chaos_storm import CALM, Storm
from chaos_study import SMOKE, WHOLE, WORKERS, Command, Progress, Size, command
from speed import hardware

PATIENCE = 20.0
"""Seconds that what a driver leaves behind has to go away."""


@dataclass(frozen=True)
class Line:
    """One seed."""

    seed: int
    counts: dict[str, int]
    seconds: float
    verdict: Verdict
    blows: list[dict[str, Any]]
    faults: list[str]


@dataclass(frozen=True)
class Undisturbed:
    """What every seed is compared with."""

    record: Record
    size: Size
    scores: int
    seconds: float

    @property
    def stretch(self) -> float:
        """How much slower than two idle cores this machine is; at least 1."""
        whole = self.size.runs / WHOLE.runs
        return max(1.0, self.seconds / (CALM * max(whole, 0.5)))


def undisturbed(folder: Path, size: Size) -> Undisturbed:
    """Run the study in peace. Raises RuntimeError if even that fails."""
    calm = command(folder, "chaos", None, size)
    begin = time.monotonic()
    try:
        calm.start()
        assert calm.process is not None
        if status := calm.process.wait():
            raise RuntimeError(f"the undisturbed study ended with exit status {status}: see {calm.log}")
    finally:
        calm.kill_all()
    seconds = time.monotonic() - begin
    progress = Progress(calm.journal)
    progress.look()
    found = record(calm.results, folder / "results" / "mlflow.db")
    if len(found.ends) != size.runs or found.faults:
        raise RuntimeError(f"{len(found.ends)} of {size.runs} runs ended undisturbed; {found.faults}")
    return Undisturbed(found, size, len(progress.scored), seconds)


def disturbed(seed: int, folder: Path, server: Server, calm: Undisturbed, limit: float) -> Line:
    """Run the study in a storm, and judge what is left."""
    if not server.running:
        server.start()
    server.until_it_answers()
    struck = command(folder / f"seed-{seed}", f"chaos-{seed}", server.uri, calm.size)
    storm = Storm(seed, struck, server, calm.scores, limit, calm.size, calm.stretch)
    try:
        trouble = storm.run()
        faults = [] if trouble is None else [f"the study {trouble}"]
        faults += left(struck)
    finally:
        struck.kill_all()
    if not server.running:
        server.start()
    server.until_it_answers()
    verdict = judge(record(struck.results, server.database, server.artifacts), calm.record)
    blows = [asdict(blow) for blow in storm.blows]
    return Line(seed, dict(storm.counts), storm.seconds, verdict, blows, faults + verdict.faults)


def left(struck: Command) -> list[str]:
    """Processes that outlive their driver by more than they need to notice."""
    limit = time.monotonic() + PATIENCE
    while (left := struck.orphans()) and time.monotonic() < limit:
        time.sleep(0.2)
    return [f"process {process.pid} ({process.kind}) is still there" for process in left]


def markdown(lines: Sequence[Line], calm: Undisturbed, where: dict[str, str | int]) -> str:
    """The report."""
    text = [
        "; ".join(f"{key} {value}" for key, value in where.items()),
        "",
        f"A study of {calm.size.runs} short runs under {WORKERS} workers, recorded by a real MLflow server "
        f"on SQLite. Undisturbed it takes {calm.seconds:.0f} s; times between blows are stretched by "
        f"{calm.stretch:.1f}. A line is a random seed: what was done to the study while it ran, and what it "
        "left behind. Killed: SIGKILL. Paused: SIGSTOP, then SIGCONT. A *child* is the server that "
        "forks workers, or the process that speaks to MLflow. *Points*: metric points in MLflow. *Weights*: "
        "runs whose last state is bit for bit that of the undisturbed study.",
        "",
        "| seed | workers killed | children killed | driver killed | paused | server killed | server hung "
        "| starts | s | × undisturbed | runs | points expected | found | double | weights | as it must be |",
        "| ---: " * 15 + "| --- |",
    ]
    for line in lines:
        count, verdict = line.counts, line.verdict
        kinds = (
            "worker kills",
            "child kills",
            "driver kills",
            "pauses",
            "server kills",
            "server hangs",
            "starts",
        )
        cells = [line.seed, *(count.get(kind, 0) for kind in kinds)]
        cells += [
            f"{line.seconds:.0f}",
            f"{line.seconds / calm.seconds:.1f}",
            f"{verdict.runs}/{calm.size.runs}",
        ]
        cells += [f"{number:,}" for number in (verdict.expected, verdict.found, verdict.double)]
        cells += [
            f"{verdict.weights}/{calm.size.runs}",
            f"no: {len(line.faults)} faults" if line.faults else "yes",
        ]
        text.append(f"| {' | '.join(map(str, cells))} |")
    for line in lines:
        text += [f"\nSeed {line.seed}:\n", *(f"* {fault}" for fault in line.faults)] if line.faults else []
    return "\n".join(text) + "\n"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--quick", action="store_true", help="a smoke run on eight runs: it shows little")
    parser.add_argument("--seconds", type=float, default=1200.0, help="until a seed is given up")
    parser.add_argument("--folder", type=Path, help="keep everything there, for looking at what went wrong")
    parser.add_argument("--judge", type=Path, metavar="JSON", help="no storm: judge what FOLDER holds again")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Storm after storm; print, and write what was asked for. The exit status."""
    chosen = arguments(words)
    where = hardware(torch.device("cpu"))
    lines: list[Line] = []
    if chosen.judge:
        told = json.loads(chosen.judge.read_text(encoding="utf-8"))
        lines, calm = judged_again(told, chosen.folder)
        _write(chosen, lines, calm, told["hardware"])
        return int(any(line.faults for line in lines))
    # As at Ctrl-C: nothing that was started stays behind.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made)
        server = Server(folder / "server")
        try:
            server.start()
            calm = undisturbed(folder / "undisturbed", SMOKE if chosen.quick else WHOLE)
            print(markdown([], calm, where), end="", flush=True)
            for seed in range(chosen.first, chosen.first + chosen.seeds):
                lines.append(disturbed(seed, folder, server, calm, chosen.seconds))
                print(markdown(lines[-1:], calm, where).partition("| --- |\n")[2], end="", flush=True)
                _write(chosen, lines, calm, where)
        finally:
            server.kill()
    return int(any(line.faults for line in lines))


def judged_again(told: dict[str, Any], folder: Path) -> tuple[list[Line], Undisturbed]:
    """What earlier storms have left in `folder` (`--folder`, `--json`), judged as it is judged now."""
    calm, server = folder / "undisturbed" / "results", Server(folder / "server")
    found = record(calm / "chaos", calm / "mlflow.db")
    lines = []
    for seed in told["seeds"]:
        before = Line(**{**seed, "verdict": Verdict(**seed["verdict"])})
        left = folder / f"seed-{before.seed}" / "results" / f"chaos-{before.seed}"
        verdict = judge(record(left, server.database, server.artifacts), found)
        own = before.faults[: len(before.faults) - len(before.verdict.faults)]
        lines.append(replace(before, verdict=verdict, faults=own + verdict.faults))
    return lines, Undisturbed(found, WHOLE, 0, told["undisturbed_seconds"])


def _write(
    chosen: argparse.Namespace, lines: Sequence[Line], calm: Undisturbed, where: dict[str, str | int]
) -> None:
    """After every seed, so that an hour is not lost with the last."""
    if chosen.markdown:
        chosen.markdown.parent.mkdir(parents=True, exist_ok=True)
        chosen.markdown.write_text(markdown(lines, calm, where), encoding="utf-8")
    if chosen.json:
        content = {
            "hardware": where,
            "undisturbed_seconds": calm.seconds,
            "seeds": [asdict(line) for line in lines],
        }
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
