"""A run trained again from the record alone, apart from its study, and held against what is recorded of it.

It goes into `reproduced/<run>-1` (-2, ...) beneath the study's folder, with a journal of its own that ends in

    reproduction   of: run, alone, seconds, reasons, and what `bench.likeness` says

The study's own journal, its table and MLflow are left alone. One that is interrupted goes on where it was.
"""

from __future__ import annotations

import time
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.again import Original, Way, reasons, task_of
from bench.alone import alone
from bench.journal import Event, Journal
from bench.ledger import Ledger
from bench.likeness import Likeness, likeness
from bench.problems import UserError
from bench.progress import View
from bench.record import KEPT
from bench.tasks import Member, Survey, Task
from gan.data.errors import DataError
from gan.known import PluginError
from gan.recipe import digest

FOLDER = "reproduced"


@dataclass(frozen=True)
class Reproduction:
    """How it went."""

    folder: Path
    task: Task
    end: Event
    """How the run ended this time."""
    likeness: Likeness
    reasons: tuple[str, ...]
    """What differs around it."""


def reproduce(known: Original, way: Way, view: View) -> Reproduction:
    """Train and score the run again, and compare.

    Raises:
        UserError: The record, the device or a plug-in is not enough to do so.
        gan.data.errors.DataError: The data cannot be had.
    """
    from bench import placement
    from bench.environment import environment
    from bench.worker import survey

    begin = time.monotonic()
    folder = _free(known, way)
    task = task_of(known, way, folder)
    placement.device(task.place.device)
    with alone(folder, "ganbench reproduce"):
        found = survey(task.scoring, task.place.device)
        task = task_of(known, way, folder, digest(found.protocol))
        record = _Record(known, way, folder, found)
        record.train(task, view)
        around = reasons(known, way, environment(task.place.device))
        around += _protocols(known, found)
        end = record.ledger.ended[known.run]
        told = likeness(
            (known.ledger.scores.get(known.run, {}), known.end),
            (record.ledger.scores.get(known.run, {}), end),
            _weights(known.found.folder / f"checkpoints/{known.run}.pt", task.weights(known.run)),
        )
        taken = time.monotonic() - begin
        plain = {"of": known.run, "alone": way.alone, "seconds": taken, "reasons": around, **told.as_dict()}
        record.journal.append({"type": "reproduction", **plain})
    return Reproduction(folder, task, end, told, tuple(around))


class _Record:
    """The journal of a reproduction, while it is made."""

    def __init__(self, known: Original, way: Way, folder: Path, found: Survey) -> None:
        self.outputs = found.outputs
        self.journal = Journal(folder / "journal.jsonl")
        self.journal.mend()
        self.ledger = Ledger(self.journal)
        if self.ledger.study is None:
            told = {**(known.ledger.study or {}), **_purpose(known, way)}
            told |= {"outputs": found.outputs, "protocol": found.protocol, "time": time.time()}
            self._tell([told, {"type": "oracle", "scores": found.oracle}])

    def train(self, task: Task, view: View) -> None:
        """Do what is left of it; a program that fails is an outcome."""
        from bench.worker import work

        view.begin([task], list(self.outputs))
        waiting: list[Event] = []

        def hear(event: Event) -> None:
            waiting.append(event)
            if event["type"] in ("cohort", "done"):
                self._tell([fresh for said in waiting if (fresh := self._kept(said)) is not None])
                view.heard(task, list(waiting))
                waiting.clear()

        task.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with task.log.open("a", encoding="utf-8") as log, redirect_stderr(log):
                work(task, hear, lambda: False, "reproduction")
        except (UserError, DataError, PluginError, KeyboardInterrupt):
            raise
        except Exception as error:
            self._failed(task.members, f"{type(error).__name__}: {error}".splitlines()[0])
        finally:
            view.end()

    def _failed(self, members: tuple[Member, ...], error: str) -> None:
        left = [member.run for member in members if member.run not in self.ledger.ended]
        self._tell([self.ledger.ending({"run": run}, self.outputs, error) for run in left])

    def _kept(self, event: Event) -> Event | None:
        if event["type"] in KEPT:
            return event
        if event["type"] == "done" and event["run"] not in self.ledger.ended:
            return self.ledger.ending(event, self.outputs)
        return None

    def _tell(self, events: list[Event]) -> None:
        now = time.time()
        for event in events:
            event.setdefault("time", now)
            self.ledger.take(event)
        self.journal.append(*events)


def _purpose(known: Original, way: Way) -> dict[str, Any]:
    return {"type": "study", "reproduces": {"run": known.run, "alone": way.alone, "device": way.device}}


def _free(known: Original, way: Way) -> Path:
    """The first folder that is not there yet, or holds the same that was interrupted."""
    number = 1
    while True:
        folder = known.found.folder / FOLDER / f"{known.run}-{number}"
        if not (folder / "journal.jsonl").exists():
            return folder
        told = list(Journal(folder / "journal.jsonl").read())
        purpose = _purpose(known, way)["reproduces"]
        if not told or (told[0].get("reproduces") == purpose and told[-1]["type"] != "reproduction"):
            return folder
        number += 1


def _protocols(known: Original, found: Survey) -> list[str]:
    """What differs between the ways of scoring, beyond what the environment has told of."""
    from bench.protocols import differences

    told = differences(known.protocol, found.protocol) if known.protocol else []
    return [f"scoring: {phrase}" for phrase in told]


def _weights(before: Path, now: Path) -> bool | None:
    """Whether two files hold the same tensors, bit for bit, NaN included; None if one is not there."""
    import torch

    from gan.checkpoint import Checkpoint

    cpu = torch.device("cpu")
    old, new = Checkpoint.load(before, cpu), Checkpoint.load(now, cpu)
    if old is None or new is None:
        return None

    def bits(x: torch.Tensor) -> torch.Tensor:
        return x.contiguous().flatten().view(torch.uint8)

    alike = [(x.shape, x.dtype) for x in old.tensors] == [(x.shape, x.dtype) for x in new.tensors]
    return alike and all(torch.equal(bits(a), bits(b)) for a, b in zip(old.tensors, new.tensors, strict=True))
