"""What a driver asks of a worker: plain values that travel between processes. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.journal import Event
from bench.stopping import StopWhen
from gan.recipe import Choice, Recipe

Emit = Callable[[Event], None]
"""Where a worker's events go."""


@dataclass(frozen=True)
class Scoring:
    """How a study's runs are scored, and where its data is."""

    data: Choice
    metrics: tuple[Choice, ...]
    samples: int
    evaluate_every: int
    data_root: Path
    download: bool = False
    resamples: int = 0
    """Sample sets of a run's last state that are scored besides its own."""
    stop_when: StopWhen = field(default_factory=StopWhen)
    """When a run stops before its end."""
    plugins: tuple[Path, ...] = ()
    """Files of the plug-ins that are used, absolute: every process reads them for itself."""

    def as_dict(self) -> dict[str, Any]:
        """What is recorded of it with every run, as plain values: enough to score the run again."""
        told = {
            "metrics": [metric.as_dict() for metric in self.metrics],
            "evaluate_every": self.evaluate_every,
            "samples": self.samples,
            "resamples": self.resamples,
        }
        return {**told, "stop_when": self.stop_when.as_dict()} if self.stop_when else told


@dataclass(frozen=True)
class Place:
    """Where and how a cohort is computed. No part of any run's id."""

    device: str = "cpu"
    threads: int = 1
    """CPU threads. Fixed for the life of a cohort: sums in another order are other sums."""
    compiled: bool = False
    """Whether the step goes through torch.compile."""


@dataclass(frozen=True)
class Member:
    """One run of a cohort."""

    run: str
    arm: str
    arm_name: str
    seed: int
    recipe: Recipe
    params: dict[str, str]


@dataclass(frozen=True)
class Task:
    """One cohort to train and score."""

    id: str
    members: tuple[Member, ...]
    scoring: Scoring
    place: Place
    folder: Path
    """The study's folder: checkpoints and pictures go beneath it."""
    protocol: str
    """Digest of the protocol that the survey found; every score carries it."""
    attempt: int = 1
    """Counts up when a worker has been lost over it."""
    origin: str | None = None
    """The cohort that this one was a part of: without a checkpoint of its own it begins from that one's."""
    checkpoint_seconds: float = 60.0
    """Checkpoint at least this often while it trains, besides after every evaluation."""

    @property
    def checkpoint(self) -> Path:
        """Where the cohort's checkpoint is kept while it trains."""
        return checkpoint_of(self.folder, self.id)

    @property
    def log(self) -> Path:
        """Where what its worker prints is kept."""
        return log_of(self.folder, self.id)

    def weights(self, run: str) -> Path:
        """Where a finished run's last state is kept."""
        return self.folder / "checkpoints" / f"{run}.pt"

    def picture(self, run: str, step: int) -> Path:
        """Where a run's samples at a step are drawn."""
        return self.folder / "samples" / run / f"step-{step:06d}.png"


def checkpoint_of(folder: Path, cohort: str) -> Path:
    """Where a cohort's checkpoint is kept, under a study's folder."""
    return folder / "checkpoints" / f"cohort-{cohort}.pt"


def log_of(folder: Path, cohort: str) -> Path:
    """Where what a cohort's worker prints is kept, under a study's folder."""
    return folder / "logs" / f"cohort-{cohort}.log"


@dataclass(frozen=True)
class Survey:
    """What only the components and the data know about a study."""

    outputs: dict[str, dict[str, Any]]
    """Output -> label, direction, digits, ceiling, headline, metric."""
    protocol: dict[str, Any]
    """All that a score depends on besides the samples."""
    oracle: dict[str, float]
