"""What a study's journal says about time: which runs have ended, and how long training and scoring took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from bench.journal import Journal
from gan.known import PluginError
from gan.recipe import Recipe


@dataclass(frozen=True)
class Known:
    """What a study's journal says about time."""

    ended: frozenset[str]
    """Runs that need no more."""
    training: Mapping[str, float]
    """Structure -> seconds of training that a run took, its share of a cohort."""
    score: float | None
    """Seconds of one score, sampling included."""


def known_times(journal: Journal, device: str) -> Known:
    """What the journal says about runs on a device of the same kind; nothing if there is none."""
    structures: dict[str, str] = {}
    ended: set[str] = set()
    training: dict[str, list[float]] = {}
    scores: list[float] = []
    kind = device.partition(":")[0]
    of_arms: dict[str, str | None] = {}
    for event in journal.read(but=("train", "image", "cohort")):
        if event["type"] == "start" and str(event["device"]).partition(":")[0] == kind:
            arm = event.get("arm") or event["run"]
            if arm not in of_arms:  # The seed is no part of a structure.
                of_arms[arm] = _structure(event["recipe"])
            if (structure := of_arms[arm]) is not None:
                structures[event["run"]] = structure
        elif event["type"] == "score" and event["run"] in structures:
            scores.append(event["seconds"])
        elif event["type"] == "end":
            ended.add(event["run"])
            # A run that was cut short took less than the others will.
            whole = event["run"] in structures and event["verdict"] not in ("failed", "diverged")
            if whole and event["seconds"]:
                training.setdefault(structures[event["run"]], []).append(event["seconds"])
    shares = {structure: mean(seconds) for structure, seconds in training.items()}
    return Known(frozenset(ended), shares, mean(scores) if scores else None)


def _structure(recipe: dict[str, Any]) -> str | None:
    """The structure of a recipe; None if there no longer is what it was made of."""
    try:
        return Recipe.from_dict(recipe).structure()
    except (PluginError, KeyError):
        # A plug-in that has been edited or removed since, or a component of an earlier ganbench.
        return None
