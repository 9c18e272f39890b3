"""Trains and scores cohorts. Runs in a process of its own and never speaks to MLflow.

Everything it finds out leaves it as events (see `bench.journal`). Besides the journal's own types a
worker emits

    done      run, diverged, seconds, steps, checkpoint, resampled: [{output: value}, ...], stopped
              a run has come to its end; scores of other samples of its last state; stopped: why before its
              last step, if so
    stopped   id, step                      the cohort was asked to stop and is checkpointed
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from bench.announce import start_event
from bench.cohort_log import say
from bench.environment import environment
from bench.metrics.named import metric_of
from bench.metrics.scorer import Scorer
from bench.protocols import ProtocolChanged
from bench.tasks import Emit, Scoring, Survey, Task, checkpoint_of
from bench.telling import Teller
from gan import plugins
from gan.build import component, tricks_of
from gan.data.base import Samples
from gan.durable import tidy
from gan.recipe import digest
from gan.room import Room, Stopped
from gan.sampling import sampled_weights
from gan.train import Cohort, Pace, Snapshot, train

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


def use_threads(count: int) -> None:
    """Compute on that many cores, in torch and in the libraries beneath NumPy and SciPy."""
    torch.set_num_threads(count)
    threadpool_limits(count)


def work(task: Task, emit: Emit, stop: Callable[[], bool], name: str = "worker") -> None:
    """Train and score one cohort, from its checkpoint if there is one, until it ends or `stop()`.

    Args:
        task: The cohort.
        emit: Where events go.
        stop: Asked after every snapshot.
        name: Who does it, for whoever watches.

    Raises:
        gan.data.errors.DataError: The data or an extractor's weights cannot be had.
        gan.known.PluginError: A plug-in is no longer what the study has chosen.
        ProtocolChanged: This worker would score in another way than the one that was surveyed.
    """
    plugins.register(task.scoring.plugins)
    place = task.place
    say(f"{name}: {len(task.members)} runs on {place.device}, attempt {task.attempt}, process {os.getpid()}")
    told = {"cohort": task.id, "runs": [member.run for member in task.members]}
    steps = task.members[0].recipe.steps
    emit(
        {
            "type": "task",
            **told,
            "steps": steps,
            "worker": name,
            "device": place.device,
            "attempt": task.attempt,
        }
    )
    use_threads(place.threads)
    device = torch.device(place.device)
    samples, scorer = prepare(task.scoring, place.device)
    if digest(protocol(task.scoring, scorer)) != task.protocol:
        raise ProtocolChanged(
            "what scores depend on (an extractor's weights file, a library) changed after this study was "
            "started, so nothing was trained; start it again with --retry failed"
        )
    cohort = Cohort([member.recipe for member in task.members], scorer.train, device, place.compiled)
    for member in task.members:
        weights = sampled_weights(tricks_of(member.recipe))
        emit({**start_event(task, member), "generator": weights, "environment": environment(place.device)})
    # Whoever watches sees the cohort before its first snapshot, which may be minutes away.
    emit({"type": "cohort", "cohort": task.id, "step": cohort.step, "seconds": cohort.seconds})
    try:
        over = _train(task, cohort, samples, scorer, emit, stop)
    except Stopped:  # while the disk was full: it goes on from where it was last checkpointed
        over = False
    if not over:
        emit({"type": "stopped", "cohort": task.id, "step": cohort.step})
    say(f"{'finished' if over else 'stopped'} at step {cohort.step}")


def _train(
    task: Task, cohort: Cohort, samples: Samples, scorer: Scorer, emit: Emit, stop: Callable[[], bool]
) -> bool:
    """To the end, or until `stop()`; whether it came to the end. Raises Stopped."""
    tell = partial(_trouble, task, emit)
    room = Room("the cohort", partial(tell, "disk"), stop)
    for member in task.members:
        tidy(task.weights(member.run))
    teller = Teller(task, cohort, samples, scorer, emit, room)
    pace = Pace(task.scoring.evaluate_every, checkpoint_seconds=task.checkpoint_seconds)
    origin = None if task.origin is None else checkpoint_of(task.folder, task.origin)
    last: Snapshot | None = None
    for snapshot in train(cohort, pace, task.checkpoint, stop, origin, tell):
        size = cohort.size
        teller.report(snapshot)
        # Of a smaller cohort the snapshot says nothing.
        last = snapshot if cohort.size == size else None
    if cohort.over:
        teller.finish(last)
    return cohort.over


def _trouble(task: Task, emit: Emit, kind: str, sentence: str) -> None:
    """Something to worry about that is not the end of it."""
    say(sentence)
    emit({"type": "trouble", "cohort": task.id, "kind": kind, "sentence": sentence, "log": []})
