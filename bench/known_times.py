"""What a study's journal says about time: which runs have ended, and how long training and scoring took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from bench.journal import Journal
from gan.known import PluginError
from gan.recipe import Recipe


@dataclass(frozen=True)
class Known:
    """What a study's journal says about time on one kind of device."""

    ended: frozenset[str]
    """Runs that need no more."""
    training: Mapping[str, float]
    """Structure -> seconds of training that a run took, its share of a cohort."""
    score: float | None
    """Seconds of one score, sampling included."""


@dataclass(frozen=True)
class Times:
    """What a study's journal says about time, on whatever device."""

    ended: frozenset[str]
    """Runs that need no more, wherever they were trained."""
    training: Mapping[str, Mapping[str, Sequence[float]]]
    """Kind of device -> structure -> seconds of training, a run each."""
    scores: Mapping[str, Sequence[float]]
    """Kind of device -> seconds of every score, sampling included."""

    def on(self, device: str) -> Known:
        """Of this kind of device: "cpu", "cuda" or "cuda:N"."""
        kind = _kind(device)
        shares = {structure: mean(seconds) for structure, seconds in self.training.get(kind, {}).items()}
        scores = self.scores.get(kind)
        return Known(self.ended, shares, mean(scores) if scores else None)


def known_times(journal: Journal) -> Times:
    """What the journal says; nothing if there is none."""
    started: dict[str, tuple[str, str]] = {}
    ended: set[str] = set()
    training: dict[str, dict[str, list[float]]] = {}
    scores: dict[str, list[float]] = {}
    of_arms: dict[str, str | None] = {}
    for event in journal.read(but=("train", "image", "cohort")):
        run = str(event.get("run"))
        if event["type"] == "start":
            arm = event.get("arm") or run
            if arm not in of_arms:  # The seed is no part of a structure.
                of_arms[arm] = _structure(event["recipe"])
            if (structure := of_arms[arm]) is not None:
                started[run] = _kind(str(event["device"])), structure
        elif event["type"] == "score" and run in started:
            scores.setdefault(started[run][0], []).append(event["seconds"])
        elif event["type"] == "end":
            ended.add(run)
            # A run that was cut short took less than the others will.
            if run in started and event["verdict"] not in ("failed", "diverged") and event["seconds"]:
                kind, structure = started[run]
                training.setdefault(kind, {}).setdefault(structure, []).append(event["seconds"])
    return Times(frozenset(ended), training, scores)


def _kind(device: str) -> str:
    return device.partition(":")[0]


def _structure(recipe: dict[str, Any]) -> str | None:
    """The structure of a recipe; None if there no longer is what it was made of."""
    try:
        return Recipe.from_dict(recipe).structure()
    except (PluginError, KeyError):
        # A plug-in that has been edited or removed since, or a component of an earlier ganbench.
        return None
