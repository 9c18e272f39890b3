"""Trains and scores cohorts. Runs in a process of its own and never speaks to MLflow.

Everything it finds out leaves it as events (see `bench.journal`). Besides the journal's own types a
worker emits

    cohort    id, step, seconds             progress: at the start, then at every snapshot
    done      run, diverged, seconds, steps, checkpoint, resampled: [{output: value}, ...]
              a run has come to its end; scores of other samples of its last state
    stopped   id, step                      the cohort was asked to stop and is checkpointed
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from typing import Any

import torch

from bench.announce import start_event
from bench.environment import environment
from bench.features.pixels import NotFinite
from bench.metrics.named import metric_of
from bench.metrics.scorer import Scorer
from bench.pictures import samples_png
from bench.protocols import ProtocolChanged
from bench.tasks import Emit, Scoring, Survey, Task
from gan import plugins
from gan.build import component
from gan.data.base import Samples
from gan.recipe import digest
from gan.train import Cohort, Pace, Snapshot, train

_PICTURED = 2000
_FEW = 4
GENERATOR = "averaged weights (ema) in arms that have them, raw weights in the others"
"""What is sampled for a score; part of the protocol. Each run's start says which of the two it is."""

_ready: dict[tuple[str, str], tuple[Samples, Scorer]] = {}
"""The data and scorer of the study at hand: a worker's cohorts share them."""


def prepare(scoring: Scoring, device: str) -> tuple[Samples, Scorer]:
    """The data and the scorer; kept for the next cohort of the same study.

    Raises:
        gan.data.base.DataError: The data cannot be had.
    """
    key = repr(scoring), device
    if key not in _ready:
        _ready.clear()
        data = component("data", scoring.data)
        samples = data.load(scoring.data_root, scoring.download)
        scorer = Scorer.of(data, samples, scoring.metrics, scoring.samples, device=device)
        _ready[key] = samples, scorer
    return _ready[key]


def protocol(scoring: Scoring, scorer: Scorer) -> dict[str, Any]:
    """All that a score depends on besides the samples; plain values. Raises DataError."""
    return {
        **scorer.protocol(),
        **_metric_plugins(scoring),
        "data": scoring.data.as_dict(),
        "generator": GENERATOR,
    }


def _metric_plugins(scoring: Scoring) -> dict[str, dict[str, str]]:
    """Digests of the metrics that are plug-ins: another source is another way of scoring."""
    found = {metric.name: metric.source for metric in scoring.metrics if metric.source is not None}
    return {"plugins": found} if found else {}


def survey(scoring: Scoring, device: str) -> Survey:
    """Score the oracle, and say what the metrics report. Raises DataError and PluginError."""
    plugins.register(scoring.plugins)
    _, scorer = prepare(scoring, device)
    data = component("data", scoring.data)
    outputs = {}
    for choice in scoring.metrics:
        for output in metric_of(choice).outputs(data):
            outputs[output.name] = {**dataclasses.asdict(output), "metric": choice.name}
    return Survey(outputs, protocol(scoring, scorer), scorer.oracle())


def work(task: Task, emit: Emit, stop: Callable[[], bool]) -> None:
    """Train and score one cohort, from its checkpoint if there is one, until it ends or `stop()`.

    Raises:
        gan.data.errors.DataError: The data or an extractor's weights cannot be had.
        gan.known.PluginError: A plug-in is no longer what the study has chosen.
        ProtocolChanged: This worker would score in another way than the one that was surveyed.
    """
    plugins.register(task.scoring.plugins)
    place = task.place
    torch.set_num_threads(place.threads)
    device = torch.device(place.device)
    samples, scorer = prepare(task.scoring, place.device)
    if digest(protocol(task.scoring, scorer)) != task.protocol:
        raise ProtocolChanged(
            "what scores depend on (an extractor's weights file, a library) changed after this study was "
            "started, so nothing was trained; start it again with --retry-failed"
        )
    cohort = Cohort([member.recipe for member in task.members], scorer.train, device, place.compiled)
    for member in task.members:
        emit({**start_event(task, member), "environment": environment(place.device)})
    # Whoever watches sees the cohort before its first snapshot, which may be minutes away.
    emit({"type": "cohort", "id": task.id, "step": 0, "seconds": 0.0})
    pace = Pace(evaluate_every=task.scoring.evaluate_every)
    last: Snapshot | None = None
    for snapshot in train(cohort, pace, task.checkpoint, stop):
        _report(task, snapshot, samples, scorer, emit)
        last = snapshot
    if not cohort.over:
        emit({"type": "stopped", "id": task.id, "step": cohort.step})
        return
    _finish(task, cohort, last or cohort.snapshot(evaluation=True), scorer, emit)


def _report(task: Task, snapshot: Snapshot, samples: Samples, scorer: Scorer, emit: Emit) -> None:
    """Everything there is to say about a snapshot, one run after the other."""
    for index, member in enumerate(task.members):
        log = snapshot.logs[index]
        if log is None:
            continue
        told = _finite({**log, **_few_numbers(snapshot, index)})
        emit({"type": "train", "run": member.run, "step": snapshot.step, "metrics": told})
        if snapshot.evaluation:
            _evaluate(task, snapshot, index, samples, scorer, emit)
    seconds = snapshot.seconds
    emit({"type": "cohort", "id": task.id, "step": snapshot.step, "seconds": seconds})


def _few_numbers(snapshot: Snapshot, index: int) -> dict[str, float]:
    """A player of a handful of numbers is told whole: its way is what theory speaks of."""
    found = {}
    for side, parameters in snapshot.parameters(index).items():
        if sum(value.numel() for value in parameters.values()) <= _FEW:
            for name, value in parameters.items():
                for place, number in enumerate(value.flatten().tolist()):
                    found[f"{side}.{name}" if value.numel() == 1 else f"{side}.{name}.{place}"] = number
    return found


def _evaluate(
    task: Task, snapshot: Snapshot, index: int, samples: Samples, scorer: Scorer, emit: Emit
) -> None:
    run, step = task.members[index].run, snapshot.step
    begin = time.perf_counter()
    x = snapshot.sample(index, scorer.n)
    scores: dict[str, float | None]
    held = None
    try:
        look = scorer.look(x)
        scores, held = dict(look.scores), look.held
    except NotFinite:
        scores = dict.fromkeys(scorer.outputs)
    seconds = time.perf_counter() - begin
    told = {"metrics": scores, "held": held, "seconds": seconds, "protocol": task.protocol}
    emit({"type": "score", "run": run, "step": step, **told})
    if None not in scores.values():
        path = task.picture(run, step)
        path.parent.mkdir(parents=True, exist_ok=True)
        samples_png(x[:_PICTURED], samples, path)
        emit({"type": "image", "run": run, "step": step, "path": str(path.relative_to(task.folder))})


def _resampled(task: Task, snapshot: Snapshot, index: int, scorer: Scorer) -> list[dict[str, float]]:
    """Scores of other samples of the same state: what of a score is chance of the samples."""
    if snapshot.diverged[index] is not None:
        return []
    try:
        draws = range(1, task.scoring.resamples + 1)
        return [dict(scorer.look(snapshot.sample(index, scorer.n, draw)).scores) for draw in draws]
    except NotFinite:
        return []


def _finish(task: Task, cohort: Cohort, snapshot: Snapshot, scorer: Scorer, emit: Emit) -> None:
    """Keep every run's last state, say that it is done, and drop the cohort's checkpoint."""
    for index, member in enumerate(task.members):
        path = task.weights(member.run)
        cohort.alone(index).save(path)
        emit(
            {
                "type": "done",
                "run": member.run,
                "diverged": snapshot.diverged[index],
                "seconds": snapshot.seconds / len(task.members),
                "steps": snapshot.step,
                "checkpoint": str(path.relative_to(task.folder)),
                "resampled": _resampled(task, snapshot, index, scorer),
            }
        )
    task.checkpoint.unlink(missing_ok=True)


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    """JSON has no NaN and no infinity: they are null."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
