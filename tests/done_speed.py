"""What a study of 10,000 runs costs when there is nothing to train: `python tests/done_speed.py`.

    check, new      its plan, with no results yet
    check, done     the same beside its results
    run, done       the command that goes on, when all runs have an outcome and the reports are there
    report, table   comparison.md from MLflow's store (SQLite)

and, once, `run` where the reports are not there yet: it makes them.

Each is a command as a user types it, in a process of its own, from start to end.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

# The repository need not be installed on the machine that is measured.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from done_study import build
from speed import hardware

ROOT = Path(__file__).resolve().parents[1]
AIM = 10.0
"""Seconds that each may take."""
FIRST = "run, done, with all reports to make"
IMPORT = "importing torch and its compiler, for comparison"


def seconds(folder: Path, *words: str) -> float:
    """From a command's start to its end. Raises CalledProcessError if it fails."""
    command = [sys.executable, *words]
    begin = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write((done.stdout + done.stderr)[-2000:])
        raise subprocess.CalledProcessError(done.returncode, command)
    return time.perf_counter() - begin


def cases(folder: Path, study: Path) -> dict[str, tuple[str, ...]]:
    """What is measured -> the words of its command."""
    ganbench, there = ("-m", "bench.cli"), ("--results", str(folder))
    return {
        IMPORT: ("-c", "import torch._dynamo"),
        "check, new": (*ganbench, "check", str(study), "--results", str(folder / "none")),
        "check, done": (*ganbench, "check", str(study), *there),
        "run, done": (*ganbench, "run", str(study), *there),
        "report, table": (*ganbench, "report", str(study), *there, "--format", "md", "--output", "out"),
    }


def markdown(found: dict[str, list[float]], runs: int, where: dict[str, str | int]) -> str:
    """The table, with where it was measured."""
    text = [
        "; ".join(f"{key} {value}" for key, value in where.items()),
        "",
        f"Whole commands on a study of {runs:,} runs that is done; medians of several calls.",
        "",
        f"| command | s | least | most | aim: below {AIM:.0f} s |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for case, times in found.items():
        middle = statistics.median(times)
        verdict = "" if case == IMPORT else "met" if middle < AIM else "missed"
        text.append(f"| {case} | {middle:.1f} | {min(times):.1f} | {max(times):.1f} | {verdict} |")
    return "\n".join(text) + "\n"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a smoke run: the numbers mean nothing")
    parser.add_argument("--markdown", type=Path)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    chosen = arguments(words)
    where = hardware(torch.device("cpu"))
    rates, seeds, rounds = (1, 1, 1) if chosen.quick else (5, 10, chosen.rounds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = cases(folder, build(folder, rates, seeds))
        found: dict[str, list[float]] = {case: [] for case in asked}
        found[FIRST] = [seconds(folder, *asked["run, done"])]
        print(f"{FIRST}: {found[FIRST][0]:.1f} s", flush=True)
        for _ in range(rounds):
            # By turns: a machine is faster at one time and slower at another.
            for case, command in asked.items():
                found[case].append(seconds(folder, *command))
                print(f"{case}: {found[case][-1]:.1f} s", flush=True)
    table = markdown(found, 200 * rates * seeds, where)
    print(table)
    if chosen.markdown:
        chosen.markdown.parent.mkdir(parents=True, exist_ok=True)
        chosen.markdown.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
