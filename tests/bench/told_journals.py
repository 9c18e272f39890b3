"""Journals of studies that nobody ran, event by event, for the tests of what watches them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.journal import Event

OUTPUTS: dict[str, dict[str, Any]] = {
    "fid": {"label": "FID", "direction": "lower", "digits": 2, "headline": True},
    "modes": {"label": "modes", "direction": "higher", "digits": 1, "headline": True},
    "jsd": {"label": "JSD", "direction": "lower", "digits": 3, "headline": False},
}
T0 = 1_700_000_000.0
"""When every one of these studies begins, in seconds since the epoch."""


def study(arms: Sequence[str] = ("hinge", "r1"), seeds: int = 2, name: str = "told") -> Event:
    """The plan: the runs of arm 0 are `a0s0`, `a0s1`, ..."""
    return {
        "time": T0,
        "type": "study",
        "name": name,
        "path": f"{name}.yaml",
        "question": "Does it help?",
        "primary": "modes",
        "outputs": OUTPUTS,
        "arms": [
            {"id": f"a{i}", "name": arm, "runs": [{"id": f"a{i}s{s}", "seed": s} for s in range(seeds)]}
            for i, arm in enumerate(arms)
        ],
    }


def driver(phase: str = "begin", at: float = 0.0, **more: Any) -> Event:
    about = {"host": "box", "pid": 7, "executor": "local", "devices": ["cpu", "cpu"]}
    return {"time": T0 + at, "type": "driver", "phase": phase, **about, **more}


def begun(
    cohort: str, runs: Sequence[str], arm: str = "hinge", at: float = 0.0, steps: int = 100, **more: Any
) -> list[Event]:
    """A worker begins on a cohort."""
    about = {"cohort": cohort, "runs": list(runs), "steps": steps, "worker": "worker 0", "device": "cpu"}
    task = {"time": T0 + at, "type": "task", "attempt": 1, **about, **more}
    return [task, *(start(run, cohort, arm, at, len(runs)) for run in runs), reached(cohort, 0, 0.0, at)]


def start(run: str, cohort: str, arm: str = "hinge", at: float = 0.0, size: int = 1) -> Event:
    name = f"{arm} · seed {run.partition('s')[2]}"
    about = {"arm": run.partition("s")[0], "arm_name": arm, "name": name, "cohort": cohort}
    return {"time": T0 + at, "type": "start", "run": run, "cohort_size": size, "device": "cpu", **about}


def reached(cohort: str, step: int, seconds: float, at: float = 0.0) -> Event:
    return {"time": T0 + at, "type": "cohort", "cohort": cohort, "step": step, "seconds": seconds}


def score(run: str, step: int, at: float = 0.0, seconds: float = 0.0, **metrics: float | None) -> Event:
    about = {"step": step, "metrics": metrics, "seconds": seconds}
    return {"time": T0 + at, "type": "score", "run": run, **about}


def end(run: str, verdict: str = "healthy", at: float = 0.0, **more: Any) -> Event:
    about = {"seconds": 10.0, "scoring_seconds": 0.0, "onset": None, "reason": None, **more}
    return {"time": T0 + at, "type": "end", "run": run, "verdict": verdict, **about}


def trouble(cohort: str | None, kind: str = "lost", at: float = 0.0, sentence: str = "it died") -> Event:
    return {
        "time": T0 + at,
        "type": "trouble",
        "cohort": cohort,
        "kind": kind,
        "sentence": sentence,
        "log": [],
    }


def write(results: Path, events: Iterable[Event], name: str = "told") -> Path:
    """The study's folder, with these events in its journal."""
    folder = results / name
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(event) + "\n" for event in events)
    with (folder / "journal.jsonl").open("a", encoding="utf-8") as file:
        file.write(lines)
    return folder
