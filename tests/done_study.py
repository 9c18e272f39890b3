"""A large study that is done, without its days of training: a real plan, a journal and MLflow's record of it.

Every event is made as the driver and its workers make it, with scores of its own. MLflow holds one run in
full and the others as copies of it; of training it holds the points at evaluations only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from report_store import TABLES, copying

from bench.announce import start_event, study_event
from bench.fitting import outputs_of
from bench.journal import Event, Journal
from bench.placement import cohort_size
from bench.plan import Plan, cohorts, plan
from bench.study import load
from bench.tasks import Member, Place, Scoring, Task
from bench.tracking import sync
from gan.recipe import digest
from gan.replica import LOGGED

_EVERY = 100
"""Steps from one evaluation to the next, as the study says."""
STUDY = """\
question: What does a large study cost?
base: {{data: ring, model: mlp, steps: 1000}}
factors:
  loss: [non_saturating, hinge]
  r1: [off, {{gamma: 0.1}}, {{gamma: 0.3}}, {{gamma: 1}}, {{gamma: 3}}]
  instance_noise: [off, {{sigma: 0.05}}, {{sigma: 0.1}}, {{sigma: 0.2}}, {{sigma: 0.4}}]
  discriminator_lr: [{d_lrs}]
  generator_lr: [1e-3, 2e-3, 3e-3, 4e-3]
seeds: {seeds}
metrics: [modes]
evaluate_every: 100
samples: 500
"""
"""200 arms for each rate of the discriminator."""
_TRAINED_A_SCORE = 5
"""Windows of training between two evaluations (see `gan.train.Pace`)."""


def build(folder: Path, rates: int = 5, seeds: int = 10) -> Path:
    """The study's file, 200 x rates x seeds runs, in `folder`, which also holds its results."""
    file = folder / "done.yaml"
    lrs = ", ".join(f"{rate}e-3" for rate in range(1, rates + 1))
    file.write_text(STUDY.format(d_lrs=lrs, seeds=seeds), encoding="utf-8")
    planned = plan(load(file))
    study, outputs = planned.study, outputs_of(planned.study)
    protocol = {"n_fake": study.samples, "data": study.base["data"].as_dict()}  # type: ignore[union-attr]
    told = study_event(planned, outputs, protocol)
    here = folder / study.name
    _picture(here)
    oracle = {"type": "oracle", "scores": dict.fromkeys(outputs, 0.5)}
    journal = Journal(here / "journal.jsonl")
    journal.append({**told, "time": 1e9}, {**oracle, "time": 1e9})
    lives = _lives(planned, here, list(outputs), digest(protocol))
    first = next(lives)
    # What MLflow gets a full copy of is the first run; the others follow once it is mirrored.
    journal.append(*[event for event in first if event["type"] != "train" or event["step"] % _EVERY == 0])
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    sync(journal.path, uri, folder / "mlartifacts" / study.name)
    _copies(folder / "mlflow.db", planned, first[0])
    for life in lives:
        journal.append(*life)
    _all_is_mirrored(journal.path)
    return file


def _lives(planned: Plan, folder: Path, outputs: list[str], protocol: str) -> Iterator[list[Event]]:
    """Every run's events."""
    study = planned.study
    data: Any = study.base["data"]
    scoring = Scoring(data, study.metrics, study.samples, study.evaluate_every, Path("data"), resamples=3)
    names = {arm.id: arm.name for arm in planned.arms}
    rng = np.random.default_rng(0)
    for cohort in cohorts(planned.runs, cohort_size("cpu")):
        members = tuple(
            Member(run.id, run.arm, names[run.arm], run.seed, run.recipe, run.params) for run in cohort.runs
        )
        task = Task(cohort.id, members, scoring, Place(), folder, protocol)
        for member in members:
            begin = {**start_event(task, member), "environment": {"hardware": "2 cores"}}
            yield [{**event, "time": 1e9 + i} for i, event in enumerate(_life(begin, outputs, protocol, rng))]


def _life(begin: Event, outputs: list[str], protocol: str, rng: np.random.Generator) -> Iterator[Event]:
    yield begin
    told, last, every = {"run": begin["run"]}, begin["recipe"]["steps"], _EVERY
    window = every // _TRAINED_A_SCORE
    for step in range(window, last + 1, window):
        metrics = dict(zip(LOGGED, rng.normal(size=len(LOGGED)).tolist(), strict=True))
        yield {"type": "train", **told, "step": step, "metrics": metrics}
        if step % every == 0:
            scores = dict(zip(outputs, rng.normal(size=len(outputs)).tolist(), strict=True))
            about = {"metrics": scores, "held": "ff", "seconds": 0.1, "protocol": protocol}
            yield {"type": "score", **told, "step": step, **about}
            yield {"type": "image", **told, "step": step, "path": "samples/one.png"}
    ends = dict.fromkeys(("final", "best", "area", "noise"), scores)
    yield {
        "type": "end",
        **told,
        "verdict": "healthy",
        "onset": None,
        "reason": None,
        **ends,
        "best_step": dict.fromkeys(outputs, last),
        "seconds": 12.5,
        "scoring_seconds": 1.0,
        "steps": last,
        "checkpoint": None,
    }


def _picture(folder: Path) -> None:
    (folder / "samples").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 255, (96, 96), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "samples" / "one.png")


def _copies(store: Path, planned: Plan, first: Event) -> None:
    """A run in MLflow for every run and every arm, copied from those of the first."""
    rng = np.random.default_rng(0)
    with closing(sqlite3.connect(store)) as base:
        base.execute("pragma synchronous = off")
        listed = "select value, run_uuid from tags where key = ?"
        run = dict(base.execute(listed, ("ganbench.run_id",)).fetchall())[first["run"]]
        kinds = base.execute(listed, ("ganbench.kind",)).fetchall()
        arm = next(uuid for kind, uuid in kinds if kind == "arm")
        statements = [copying(base, table) for table in TABLES]
        number = 0
        for each in planned.arms:
            wanted = [(arm, {"arm": each.id})] if each.id != first["arm"] else []
            wanted += [
                (run, {"arm": each.id, "arm_name": each.name, "run_id": one.id, "seed": str(one.seed)})
                for one in each.runs
                if one.id != first["run"]
            ]
            for old, told in wanted:
                number += 1
                new = f"{number:032x}"
                for statement in statements:
                    base.execute(statement, {"new": new, "old": old, "shift": rng.normal()})
                change = "update tags set value = ? where run_uuid = ? and key = ?"
                base.executemany(change, [(value, new, f"ganbench.{key}") for key, value in told.items()])
        base.commit()


def _all_is_mirrored(journal: Path) -> None:
    """MLflow has everything, as far as the mirror remembers."""
    path = journal.with_name("mirror.json")
    known = json.loads(path.read_text())
    for about in known.values():
        about["offset"] = journal.stat().st_size
    path.write_text(json.dumps(known))
