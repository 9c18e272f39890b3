"""What the reports of 10,000 runs cost: `python tests/report_speed.py`.

    table     comparison.md alone
    all       every format: tables, page, figures, samples, animation
    export    the whole record into one file

Each is a command as a user types it, in a process of its own, once from a real MLflow store (SQLite) and once
from an exported file. The study has 1,000 arms, 10 seeds and 12 outputs, and histories of 10 points.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

# The repository need not be installed on the machine that is measured.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from report_store import build
from speed import hardware

ROOT = Path(__file__).resolve().parents[1]
WATCHED = """
import atexit, sys
from pathlib import Path
path = sys.argv.pop()
atexit.register(lambda: Path(path).write_text(Path("/proc/self/status").read_text()))
from bench.cli import main
main()
"""
"""The command line, which leaves behind how much memory it took; `wait4` would tell of the parent's too."""

CASES = {
    "export": ("", None),
    "table, exported": ("< 10 s", "md"),
    "table, MLflow": ("< 10 s", "md"),
    "all, exported": ("< 60 s, < 2,000 MB", "all"),
    "all, MLflow": ("< 60 s, < 2,000 MB", "all"),
}
"""What is measured: what it aims at, and the formats."""
SIDE, SEEDS = 10, 10
QUICK = 2, 2


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    case: str
    seconds: float
    """From the command's start to its end, Python's own start included."""
    processor_seconds: float
    """Of all cores."""
    megabytes: float
    """Peak memory of the process."""
    aim: str


def measure(case: str, folder: Path, study: Path) -> Line:
    """Run a case's command to its end. Raises CalledProcessError if it fails."""
    aim, formats = CASES[case]
    exported = folder / "large.parquet"
    record = [str(study), "--results", str(folder)]
    if formats is None:
        words = ["export", *record[:1], str(exported), *record[1:], "--pictures", "all"]
    else:
        source = ["--from", str(exported)] if case.endswith("exported") else record
        words = ["report", *source, "--format", formats, "--output", str(folder / "out")]
    log, status = folder / "log", folder / "status"
    command = [sys.executable, "-c", WATCHED, *words, str(status)]
    with log.open("wb") as told:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=told, stderr=told, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        _, ended, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(ended)
    if process.returncode:
        sys.stderr.write(log.read_text(errors="replace")[-2000:])
        raise subprocess.CalledProcessError(process.returncode, command)
    kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return Line(case, seconds, used.ru_utime + used.ru_stime, int(kilobytes) / 1024, aim)


def markdown(lines: Sequence[Line], where: dict[str, str | int]) -> str:
    """The table, with where it was measured."""
    text = [
        "; ".join(f"{key} {value}" for key, value in where.items()),
        "",
        "Whole commands on a study of 1,000 arms, 10 seeds, 12 outputs and histories of 10 points, from an "
        "exported file or from MLflow's SQLite store: seconds from start to end, seconds of all cores (which "
        "other work on the machine does not change), peak memory.",
        "",
        "| case | s | s of cores | peak MB | aim |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for line in lines:
        numbers = f"{line.seconds:.1f} | {line.processor_seconds:.1f} | {line.megabytes:,.0f}"
        text.append(f"| {line.case} | {numbers} | {line.aim} |")
    return "\n".join(text) + "\n"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--case", action="append", choices=list(CASES), help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="a smoke run: the numbers mean nothing")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    chosen = arguments(words)
    where = hardware(torch.device("cpu"))
    print(markdown([], where), end="", flush=True)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = build(folder, *(QUICK if chosen.quick else (SIDE, SEEDS)))
        for case in CASES:
            # What is exported is what the exported cases read.
            if not chosen.case or case in chosen.case or case == "export":
                lines.append(measure(case, folder, study))
                print(markdown(lines[-1:], where).splitlines()[-1], flush=True)
    if chosen.markdown:
        chosen.markdown.parent.mkdir(parents=True, exist_ok=True)
        chosen.markdown.write_text(markdown(lines, where), encoding="utf-8")
    if chosen.json:
        content = {"hardware": where, "lines": [asdict(line) for line in lines]}
        chosen.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
