"""Tiny studies that really run, in worker processes, for the tests of the driver."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from bench.errands import Layout, sizes_of, structures
from bench.journal import Event, Journal
from bench.plan import Plan, plan
from bench.progress import Lines
from bench.runner import Driver, Options, Outcome
from bench.study import parse
from bench.tasks import Task
from gan.build import why_not
from gan.recipe import Choice, Recipe
from gan.registry import TRICKS
from gan.tricks.base import Trick

BASE = "data: ring, model: {mlp: {width: 8}}, batch_size: 8"
PATIENCE = 300.0
"""Seconds that a test waits for another process before it fails."""


def text(base: str = "steps: 20", factors: str = "lr: [1e-3]", metrics: str = "modes", seeds: int = 1) -> str:
    """A study's file; five evaluations of 100 samples at the least."""
    return (
        f"question: q\nbase: {{{BASE}, {base}}}\nfactors: {{{factors}}}\n"
        f"seeds: {seeds}\nmetrics: [{metrics}]\nevaluate_every: 10\nsamples: 100\n"
    )


def planned(content: str, name: str = "tiny") -> Plan:
    return plan(parse(content, Path(f"{name}.yaml")))


def run(content: str, results: Path, view: Lines | None = None, **options: Any) -> Outcome:
    """Run a study in this process, with one worker."""
    chosen = replace(Options(results=results), **options)
    return Driver(laid_out(planned(content)), chosen, view or Lines(Console(file=io.StringIO()))).run()


def laid_out(plan: Plan, workers: int = 1) -> Layout:
    """A plan on the CPU."""
    devices = ("cpu",) * workers
    return Layout(plan, devices, sizes_of(structures(plan), devices, None))


def events(results: Path, kind: str | None = None) -> list[Event]:
    found = list(Journal(results / "tiny" / "journal.jsonl").read())
    return [event for event in found if kind in (None, event["type"])]


def scores(results: Path) -> dict[tuple[str, int], dict[str, float]]:
    return {(event["run"], event["step"]): event["metrics"] for event in events(results, "score")}


def ends(results: Path) -> dict[str, Event]:
    """How each run ended, without what depends on the clock."""
    timeless = [
        {k: v for k, v in e.items() if k not in ("time", "seconds", "scoring_seconds")}
        for e in events(results, "end")
    ]
    return {event["run"]: event for event in timeless}


def started(plan: Plan, index: int, device: str = "cpu") -> Event:
    """How a run begins in the journal."""
    run = plan.runs[index]
    return {"type": "start", "run": run.id, "device": device, "recipe": run.recipe.as_dict()}


def ended(plan: Plan, index: int, seconds: float, verdict: str = "healthy") -> Event:
    """How it ends there."""
    return {"type": "end", "run": plan.runs[index].id, "seconds": seconds, "verdict": verdict}


def tensors(results: Path, run: str) -> list[torch.Tensor]:
    """A finished run's last state."""
    saved = torch.load(results / "tiny" / "checkpoints" / f"{run}.pt", weights_only=True)
    found: list[torch.Tensor] = saved["tensors"]
    return found


def company() -> str:
    """Every trick that remembers something and can be combined, as lines of a study's base.

    What has no memory has nothing to resume; `tests/gan/test_train.py` resumes with all of them.
    """
    (run,) = planned(text()).runs
    recipe: Recipe = run.recipe
    for name in TRICKS.names():
        if TRICKS.load(name).begin is Trick.begin:
            continue
        more = replace(recipe, tricks=(*recipe.tricks, Choice.of(TRICKS, name)))
        if why_not(more) is None:
            recipe = more
    return ", ".join(f"{trick.name}: on" for trick in recipe.tricks)


class Stopper(Lines):
    """Presses Ctrl-C at the first scores, as a terminal does: every process of the group hears it.

    The workers get a SIGTERM too, as from a scheduler that ends a job.
    """

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO()))
        self.pressed = False

    def heard(self, task: Task, events: list[Event]) -> None:
        super().heard(task, events)
        if not self.pressed and any(event["type"] == "score" for event in events):
            self.pressed = True
            for pid in (*(child.pid for child in multiprocessing.active_children()), os.getpid()):
                assert pid is not None
                os.kill(pid, signal.SIGINT)
                if pid != os.getpid():
                    os.kill(pid, signal.SIGTERM)


class Elsewhere:
    """A driver in a process group of its own."""

    def __init__(self, content: str, results: Path) -> None:
        code = (
            "from pathlib import Path\nimport study_runs\n"
            "if __name__ == '__main__':\n"
            f"    study_runs.run({content!r}, Path({str(results)!r}))\n"
        )
        script = results / "driver.py"
        results.mkdir(parents=True, exist_ok=True)
        script.write_text(code)
        here = Path(__file__).parent
        path = os.pathsep.join([str(here), str(here.parents[1])])
        self.results = results
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def until(self, happened: Callable[[Sequence[Event]], bool]) -> None:
        """Wait until the journal says so."""
        limit = time.monotonic() + PATIENCE
        while not happened(events(self.results)):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < limit, "the study does not get there"
            time.sleep(0.005)

    def kill(self) -> None:
        """SIGKILL for every process of the group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)
