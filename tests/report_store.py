"""A large study's record in MLflow without its runs: a few are written as any are, the others are copies.

Every run has its own scores; the pictures of all are those of the few.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.journal import Event, Journal
from bench.tracking import sync

STUDY = "large"
OUTPUTS, POINTS, STEP = 12, 10, 100
TABLES = ("runs", "tags", "params", "metrics", "latest_metrics")
_VALUES = ("metrics", "latest_metrics")


def build(folder: Path, side: int, seeds: int) -> Path:
    """A store of a study of `side` cubed arms with so many seeds, and the study's file, which is returned."""
    journal = folder / STUDY / "journal.jsonl"
    plan = _plan(side, seeds)
    _pictures(journal.parent)
    first = plan["arms"][0]
    Journal(journal).append(
        plan, {"type": "oracle", "time": 1e9, "scores": dict.fromkeys(plan["outputs"], 0.5)}
    )
    for run in first["runs"]:
        Journal(journal).append(*_life(plan, first, run))
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    sync(journal, uri, folder / "mlartifacts" / STUDY)
    _copy(folder / "mlflow.db", plan)
    file = folder / f"{STUDY}.yaml"
    file.write_text(
        "question: q\nbase: {data: ring, steps: 1000}\nfactors: {loss: [hinge, minimax]}\nseeds: 2\n"
    )
    return file


def _plan(side: int, seeds: int) -> Event:
    factors = {name: [f"{name}{level}" for level in range(side)] for name in ("loss", "noise", "penalty")}
    arms = [
        {
            "id": f"{index:012x}",
            "name": " + ".join(levels),
            "levels": dict(zip(factors, levels, strict=True)),
            "reason": None,
            "runs": [{"id": f"{index:06x}{seed:06x}", "seed": seed, "params": {}} for seed in range(seeds)],
        }
        for index, levels in enumerate(product(*factors.values()))
    ]
    about = {"ceiling": None, "digits": 3, "headline": True}
    outputs = {
        f"output{index}": {**about, "metric": "m", "label": f"output {index}", "direction": direction}
        for index, direction in enumerate(("lower", "higher") * (OUTPUTS // 2))
    }
    return {
        "type": "study",
        "time": 1e9,
        "name": STUDY,
        "question": "What does a large study cost?",
        "path": f"{STUDY}.yaml",
        "design": "factorial",
        "factors": factors,
        "seeds": list(range(seeds)),
        "common": {"data": "ring", "steps": str(POINTS * STEP)},
        "baseline": arms[0]["id"],
        "primary": "output0",
        "outputs": outputs,
        "scoring": "s",
        "protocol": {"n_fake": 1000},
        "cautions": [],
        "arms": arms,
        "digest": "d",
    }


def _pictures(folder: Path) -> None:
    """Two, of noise: as large as pictures of points are."""
    (folder / "samples").mkdir(parents=True)
    for step in (STEP, STEP * POINTS):
        noise = np.random.default_rng(step).integers(0, 255, (96, 96), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "samples" / f"{step}.png")


def _life(plan: Event, arm: dict[str, Any], run: dict[str, Any]) -> list[Event]:
    rng = np.random.default_rng(run["seed"])
    events: list[Event] = [
        {
            "type": "start",
            "run": run["id"],
            "arm": arm["id"],
            "seed": run["seed"],
            "cohort": "c",
            "cohort_size": 1,
            "device": "cpu",
            "threads": 1,
            "name": f"{arm['name']} · seed {run['seed']}",
            "params": dict(arm["levels"]),
            "environment": {"hardware": "2 cores"},
        }
    ]
    steps = [STEP * (point + 1) for point in range(POINTS)]
    for step in steps:
        scores = {name: float(rng.normal(10.0)) for name in plan["outputs"]}
        losses = {"d_loss": float(rng.normal()), "g_loss": float(rng.normal())}
        events.append({"type": "train", "run": run["id"], "step": step, "metrics": losses})
        events.append({"type": "score", "run": run["id"], "step": step, "metrics": scores, "seconds": 0.1})
    for step in (steps[0], steps[-1]):
        events.append({"type": "image", "run": run["id"], "step": step, "path": f"samples/{step}.png"})
    end: Event = {"type": "end", "run": run["id"], "verdict": "healthy", "onset": None, "reason": None}
    end |= {"final": scores, "best": scores, "area": scores, "best_step": dict.fromkeys(scores, steps[-1])}
    end |= {"noise": dict.fromkeys(scores, 0.1), "seconds": 12.5, "scoring_seconds": 1.0, "steps": steps[-1]}
    return [{**event, "time": 1e9 + index} for index, event in enumerate([*events, end])]


def _copy(store: Path, plan: Event) -> None:
    """Copy the first arm's run of each seed for every other arm, with scores of its own."""
    rng = np.random.default_rng(0)
    with closing(sqlite3.connect(store)) as base:
        base.execute("pragma synchronous = off")
        listed = "select value, run_uuid from tags where key = 'ganbench.run_id'"
        written = dict(base.execute(listed).fetchall())
        copies = [copying(base, table) for table in TABLES]
        for index, arm in enumerate(plan["arms"][1:], start=1):
            effect = rng.normal()
            for run, first in zip(arm["runs"], plan["arms"][0]["runs"], strict=True):
                names = {"new": f"{index:016x}{run['seed']:016x}", "old": written[first["id"]]}
                for copy in copies:
                    base.execute(copy, {**names, "shift": effect + rng.normal(scale=0.5)})
                told = {"run_id": run["id"], "arm": arm["id"]}
                for key, value in told.items():
                    change = "update tags set value = ? where run_uuid = ? and key = ?"
                    base.execute(change, (value, names["new"], f"ganbench.{key}"))
        base.commit()


def copying(base: sqlite3.Connection, table: str) -> str:
    """A statement that copies a run's rows of `table`: from `old` to `new`, scores shifted by `shift`."""
    columns = [row[1] for row in base.execute(f"pragma table_info({table})")]
    taken = dict(zip(columns, columns, strict=True)) | {"run_uuid": ":new"}
    if table in _VALUES:
        # Scores alone: steps and seconds are what they are.
        taken["value"] = (
            "case when key like '%output%' and key not like '%step' then value + :shift else value end"
        )
    chosen = f"select {', '.join(taken.values())} from {table} where run_uuid = :old"
    return f"insert into {table} ({', '.join(taken)}) {chosen}"
