"""What a worker says of a cohort's snapshots: logs, scores, pictures, and the end of every run."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import partial

from bench.features.pixels import NotFinite
from bench.ledger import Scores
from bench.metrics.scorer import Scorer
from bench.pictures import samples_png
from bench.stopping import streak
from bench.tasks import Emit, Member, Task
from gan.data.base import Samples
from gan.generations import discard
from gan.room import Room
from gan.train import Cohort, Snapshot

_PICTURED = 2000
_FEW = 4


@dataclass(frozen=True)
class Teller:
    """A cohort at work, and where events about it go."""

    task: Task
    cohort: Cohort
    samples: Samples
    scorer: Scorer
    emit: Emit
    room: Room
    """Waits while the disk is full."""
    _members: dict[str, Member] = field(init=False, repr=False)
    """By the cohort's names: runs may leave it."""

    def __post_init__(self) -> None:
        members = zip(self.cohort.names, self.task.members, strict=True)
        object.__setattr__(self, "_members", dict(members))

    def report(self, snapshot: Snapshot) -> None:
        """Everything there is to say about a snapshot, one run after the other; whoever is to stop leaves."""
        scores: dict[int, Scores] = {}
        for index, log in enumerate(snapshot.logs):
            if log is None:
                continue
            told = _finite({**log, **_few_numbers(snapshot, index)})
            self.emit({"type": "train", "run": self._run(index), "step": snapshot.step, "metrics": told})
            if snapshot.evaluation:
                scores[index] = self._evaluate(snapshot, index)
        progress = {"cohort": self.task.id, "step": snapshot.step, "seconds": snapshot.seconds}
        self.emit({"type": "cohort", **progress})
        if snapshot.evaluation and not self.cohort.over:
            self._let_go(snapshot, scores)

    def finish(self, last: Snapshot | None) -> None:
        """End the runs that are left, and drop the cohort's checkpoints; `last`: a snapshot of this state."""
        if self.cohort.size:
            snapshot = last or self.cohort.snapshot(evaluation=True)
            # A cohort of which all have diverged is over, whatever the study says of stopping.
            early = snapshot.step < self.cohort.nets.steps and self.task.scoring.stop_when.diverged
            for index in range(self.cohort.size):
                self._end(snapshot, index, "diverged" if early else None)
        discard(self.task.checkpoint)

    def _run(self, index: int) -> str:
        return self._members[self.cohort.names[index]].run

    def _evaluate(self, snapshot: Snapshot, index: int) -> Scores:
        run, step = self._run(index), snapshot.step
        begin = time.perf_counter()
        x = snapshot.sample(index, self.scorer.n)
        scores: Scores
        held = None
        try:
            look = self.scorer.look(x)
            scores, held = dict(look.scores), look.held
        except NotFinite:
            scores = dict.fromkeys(self.scorer.outputs)
        seconds = time.perf_counter() - begin
        told = {"metrics": scores, "held": held, "seconds": seconds, "protocol": self.task.protocol}
        self.emit({"type": "score", "run": run, "step": step, **told})
        if None not in scores.values():
            path = self.task.picture(run, step)
            self.room.write(partial(samples_png, x[:_PICTURED], self.samples, path), path.parent)
            place = str(path.relative_to(self.task.folder))
            self.emit({"type": "image", "run": run, "step": step, "path": place})
        return scores

    def _let_go(self, snapshot: Snapshot, scores: dict[int, Scores]) -> None:
        """End the runs that are to stop at this evaluation; the others go on as a smaller cohort.

        Whoever resumes the cohort finds in its checkpoint who is left and how often each was collapsed: the
        file is written after this, so a run that is not in it has said that it is done.
        """
        rule, cohort = self.task.scoring.stop_when, self.cohort
        if not rule:
            return
        staying = []
        for index, name in enumerate(cohort.names):
            values = scores.get(index)
            if values is not None and rule.collapsed_for:
                before = cohort.counts.get(name, 0)
                cohort.counts[name] = streak(before, values, self.scorer.oracle(), self.scorer.n)
            why = rule.why(values is None or None in values.values(), cohort.counts.get(name, 0))
            if why is None:
                staying.append(name)
            else:
                self._end(snapshot, index, why)
        cohort.keep(staying)

    def _end(self, snapshot: Snapshot, index: int, why: str | None) -> None:
        """Keep a run's last state, and say that it is done; `why`, if before its last step."""
        run = self._run(index)
        path = self.task.weights(run)
        self.room.write(partial(self.cohort.alone(index).save, path), path.parent)
        self.emit(
            {
                "type": "done",
                "run": run,
                "diverged": snapshot.diverged[index],
                "seconds": self.cohort.share,
                "steps": snapshot.step,
                "checkpoint": str(path.relative_to(self.task.folder)),
                "resampled": self._resampled(snapshot, index),
                **({} if why is None else {"stopped": why}),
            }
        )

    def _resampled(self, snapshot: Snapshot, index: int) -> list[dict[str, float]]:
        """Scores of other samples of the same state: what of a score is chance of the samples."""
        if snapshot.diverged[index] is not None:
            return []
        try:
            draws = range(1, self.task.scoring.resamples + 1)
            return [
                dict(self.scorer.look(snapshot.sample(index, self.scorer.n, draw)).scores) for draw in draws
            ]
        except NotFinite:
            return []


def _few_numbers(snapshot: Snapshot, index: int) -> dict[str, float]:
    """A player of a handful of numbers is told whole: its way is what theory speaks of."""
    found = {}
    for side, parameters in snapshot.parameters(index).items():
        if sum(value.numel() for value in parameters.values()) <= _FEW:
            for name, value in parameters.items():
                for place, number in enumerate(value.flatten().tolist()):
                    found[f"{side}.{name}" if value.numel() == 1 else f"{side}.{name}.{place}"] = number
    return found


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    """JSON has no NaN and no infinity: they are null."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
