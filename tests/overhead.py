"""What the driver and the record of a study cost: `python tests/overhead.py`.

A study is run by the command line, with MLflow on SQLite, on half of this machine's cores. At the same time
plain processes on the other half, as many and with as many threads as the study has workers, train and score
the same cohorts by nothing but `gan.train.train` and the scorer; then the halves change places. So whatever
else the machine does, and however fast it is at the moment, hits both. The running time is from the first
run's start to the last one's end, which leaves out Python, torch, looking at the data, and reports, but not
the mirror's import of MLflow. What the driver and the mirror use of the processors in that time is read from
the system, beside what the workers use.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

# The repository need not be installed on the machine that is measured.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from overhead_pure import pure
from speed import hardware

from bench.journal import Event, Journal

ROOT = Path(__file__).resolve().parents[1]
STUDY = """\
question: What does it cost to keep a record?
base: {{data: ring, model: {{mlp: {{width: {width}}}}}, steps: {steps}}}
factors: {{r1: [off, {{gamma: 0.1}}]}}
seeds: {seeds}
metrics: [modes]
evaluate_every: {every}
samples: 1000
resamples: 1
"""
USUAL = {"width": 128, "steps": 2000, "seeds": 16, "every": 500}
"""Seven minutes of one core: what is paid once a study weighs more than in one of hours."""
QUICK = {"width": 8, "steps": 20, "seeds": 2, "every": 10}
AIM = 0.03
"""Most that driver and record may add."""


@dataclass(frozen=True)
class Driven:
    """One call of `ganbench run`."""

    whole: float
    """Seconds from the command's start to its end."""
    starting: float
    """Of them, until the first worker begins."""
    running: float
    """From then to the last run's end."""
    driver: float
    """Processor seconds of the driver in the running time."""
    mirror: float
    workers: float


@dataclass(frozen=True)
class Line:
    """One round: a line of the table."""

    ratio: float
    """Running time / that of pure work."""
    starting: float
    """Seconds before the first worker began."""
    work: float
    """Workers' processor time / that of pure work."""
    driver: float
    """Processor time of the driver / that of the workers."""
    mirror: float


def driven(study: Path, results: Path, workers: int, cores: Collection[int]) -> Driven:
    """Run the study on these cores by its command. Raises CalledProcessError if that fails."""
    words = ["run", str(study), "--results", str(results), "--workers", str(workers), "--devices", "cpu"]
    command = [sys.executable, "-m", "bench.cli", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    begun = time.time()
    with (results.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=env)
        os.sched_setaffinity(process.pid, cores)
        watch = _Watch(process.pid)
        watch.start()
        status = process.wait()
        watch.join()
    if status:
        sys.stderr.write((results.parent / "log").read_text(errors="replace")[-3000:])
        raise subprocess.CalledProcessError(status, command)
    events = list(Journal(results / study.stem / "journal.jsonl").read())
    begins, ends = _times(events, "start"), _times(events, "end")
    driver, mirror, own = watch.between(begins[0], ends[-1])
    return Driven(time.time() - begun, begins[0] - begun, ends[-1] - begins[0], driver, mirror, own)


def _times(events: Sequence[Event], kind: str) -> list[float]:
    return [event["time"] for event in events if event["type"] == kind]


class _Watch(threading.Thread):
    """Looks at the processor time of a command's processes until it ends, by Linux's /proc."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.used: dict[int, float] = {}
        self.mirrors: set[int] = set()
        self.looks: list[tuple[float, tuple[float, float, float]]] = []

    def run(self) -> None:
        while self._look():
            time.sleep(0.2)

    def _look(self) -> bool:
        for pid in (self.pid, *_children(self.pid)):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                if b"bench.tracking" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    self.mirrors.add(pid)
            except OSError:
                if pid == self.pid:
                    return False
                continue
            if pid == self.pid and fields[0] == "Z":
                return False
            self.used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        mirror = sum(seconds for pid, seconds in self.used.items() if pid in self.mirrors)
        driver = self.used[self.pid]
        self.looks.append((time.time(), (driver, mirror, sum(self.used.values()) - driver - mirror)))
        return True

    def between(self, begin: float, end: float) -> tuple[float, float, float]:
        """Processor seconds of the driver, of the mirror, and of all other processes in that time."""
        before = [used for at, used in self.looks if at <= begin] or [(0.0, 0.0, 0.0)]
        after = [used for at, used in self.looks if at <= end] or before
        driver, mirror, own = (late - early for early, late in zip(before[-1], after[-1], strict=True))
        return driver, mirror, own


def _children(pid: int) -> list[int]:
    """Of every thread, and theirs."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, listed.read_text().split())
        except OSError:
            continue
    return [each for child in found for each in (child, *_children(child))]


def measure(study: Path, folder: Path, rounds: int) -> Iterator[Line]:
    """Driven and pure work at the same time, each on half of the cores, by turns on one and the other."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("this needs two cores")
    half = len(cores) // 2
    halves = cores[:half], cores[half : 2 * half]
    for turn in range(rounds):
        mine, others = halves if turn % 2 == 0 else halves[::-1]
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(pure, study, half, others)
            one = driven(study, folder / str(turn), half, mine)
            alone = waiting.result()
        for name, found in (("driven", one), ("pure", alone)):
            told = {key: round(seconds, 2) for key, seconds in asdict(found).items()}
            print(f"round {turn + 1}, {name}: {json.dumps(told)}", flush=True)
        ratio, work = one.running / alone.whole, one.workers / alone.processor
        yield Line(ratio, one.starting, work, one.driver / one.workers, one.mirror / one.workers)


def commands() -> dict[str, float]:
    """Median seconds of three calls of commands that only read."""

    def seconds(*words: str) -> float:
        begin = time.perf_counter()
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, *words], env=env, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begin

    studies = ROOT / "studies" / "smoke.yaml"
    asked = {
        "ganbench --help": ("-m", "bench.cli", "--help"),
        "ganbench list": ("-m", "bench.cli", "list"),
        "ganbench check": ("-m", "bench.cli", "check", str(studies)),
        "import torch": ("-c", "import torch"),
    }
    return {name: statistics.median(seconds(*words) for _ in range(3)) for name, words in asked.items()}


def markdown(lines: Sequence[Line], started: dict[str, float], where: dict[str, str | int]) -> str:
    """The tables, with where they were measured."""
    text = [
        "; ".join(f"{key} {value}" for key, value in where.items()),
        "",
        f"{2 * USUAL['seeds']} runs of {USUAL['steps']} steps (ring, MLPs {USUAL['width']} wide, an "
        f"evaluation every {USUAL['every']} steps) by `ganbench run`, recorded in MLflow (SQLite), beside "
        "plain processes that at the same time train and score the same cohorts and do nothing else; each "
        "has half of the cores, and after a round they change places. Time: from the first run's start to "
        "the last one's end. Processor time: in the same span; that of the mirror includes what it costs to "
        "import MLflow and to make its database, which is paid once.",
        "",
        f"| round | time / pure (aim: below {1 + AIM:.2f}) | workers' processor time / pure's "
        "| driver's / workers' | mirror's / workers' |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    text += [
        f"| {turn} | {x.ratio:.3f} | {x.work:.3f} | {x.driver:.3f} | {x.mirror:.3f} |"
        for turn, x in enumerate(lines, 1)
    ]
    text += ["", "| until it starts | / `import torch` |", "| --- | ---: |"]
    usual = started["import torch"]
    text += [f"| {name} | {seconds / usual:.2f} |" for name, seconds in started.items()]
    text += [f"| a study's first run | {statistics.median(x.starting for x in lines) / usual:.2f} |"]
    return "\n".join(text) + "\n"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a smoke run: the numbers mean nothing")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    chosen = arguments(words)
    torch.set_num_threads(1)
    where = hardware(torch.device("cpu"))
    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "overhead.yaml"
        study.write_text(STUDY.format(**(QUICK if chosen.quick else USUAL)), encoding="utf-8")
        lines = list(measure(study, Path(name), 1 if chosen.quick else chosen.rounds))
    started = commands()
    print(markdown(lines, started, where))
    if chosen.markdown:
        chosen.markdown.write_text(markdown(lines, started, where), encoding="utf-8")
    if chosen.json:
        content = {"hardware": where, "lines": [asdict(line) for line in lines], "started": started}
        chosen.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
