"""The work of a study without driver, journal and mirror: what `tests/overhead.py` holds a study against."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import scipy.stats
import torch
import torch._dynamo

from bench import placement
from bench.errands import Wish, lay_out
from bench.pictures import samples_png
from bench.plan import Cohort, cohorts
from bench.study import load
from bench.tasks import Scoring
from bench.worker import prepare
from gan import train

__all__ = ["Pure", "pure", "scipy"]
"""A worker has imported scipy.stats and torch's compiler before it begins."""


@dataclass(frozen=True)
class Pure:
    """Training and scoring alone."""

    whole: float
    """Seconds from the first process's begin to the last one's end."""
    training: float
    """Of all processes together, as what follows."""
    scoring: float
    pictures: float
    processor: float
    """Processor seconds of all that."""


def pure(study: Path, workers: int, cores: Collection[int]) -> Pure:
    """Train and score every cohort on these cores as workers do, with no driver, journal or mirror."""
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(workers)
    with ProcessPoolExecutor(workers, context, initializer=_meet, initargs=(together, cores)) as pool:
        shares = list(pool.map(_share, [study] * workers, range(workers), [workers] * workers))
    begins, ends, *parts = zip(*shares, strict=True)
    return Pure(max(ends) - min(begins), *map(sum, parts))


def _meet(together: Any, cores: Collection[int]) -> None:
    global _together
    os.sched_setaffinity(0, cores)
    _together = together


_together: Any = None
"""Where the processes of `pure` wait for one another."""


def _share(study: Path, index: int, workers: int) -> tuple[float, float, float, float, float, float]:
    """One process's cohorts: when it began and ended, seconds of each part, processor seconds."""
    torch.set_num_threads(max(1, placement.cores() // workers))
    layout = lay_out(load(study), Wish(devices=("cpu",), workers=workers))
    plan = layout.plan
    chosen = plan.study
    scoring = Scoring(
        chosen.base["data"],
        chosen.metrics,
        chosen.samples,
        chosen.evaluate_every,
        Path("data"),  # type: ignore[arg-type]
        resamples=chosen.resamples,
    )
    prepare(scoring, "cpu")
    groups = list(cohorts(plan.runs, lambda run: layout.sizes[run.structure()]))
    _together.wait()
    begin, used = time.time(), time.process_time()
    times = [_cohort(group, scoring) for group in groups[index::workers]]
    training, scored, pictured = (sum(parts) for parts in zip(*times, strict=True))
    return begin, time.time(), training, scored, pictured, time.process_time() - used


def _cohort(group: Cohort, scoring: Scoring) -> tuple[float, float, float]:
    samples, scorer = prepare(scoring, "cpu")
    begin = time.perf_counter()
    cohort = train.Cohort([run.recipe for run in group.runs], scorer.train, torch.device("cpu"))
    scored = pictured = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for snapshot in train.train(cohort, train.Pace(scoring.evaluate_every), Path(folder) / "c.pt"):
            for index in range(len(group.runs) if snapshot.evaluation else 0):
                before = time.perf_counter()
                x = snapshot.sample(index, scorer.n)
                scorer.look(x)
                after = time.perf_counter()
                samples_png(x[:2000], samples, Path(folder) / "picture.png")
                scored, pictured = scored + after - before, pictured + time.perf_counter() - after
        for index in range(len(group.runs)):
            before = time.perf_counter()
            for draw in range(1, scoring.resamples + 1):
                scorer.look(cohort.snapshot(evaluation=True).sample(index, scorer.n, draw))
            scored += time.perf_counter() - before
            cohort.alone(index).save(Path(folder) / f"{index}.pt")
    return time.perf_counter() - begin - scored - pictured, scored, pictured
