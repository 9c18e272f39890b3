"""What a driver asks of a worker: plain values that travel between processes. No torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.journal import Event
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
    plugins: tuple[Path, ...] = ()
    """Files of the plug-ins that are used, absolute: every process reads them for itself."""


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

    @property
    def checkpoint(self) -> Path:
        """Where the cohort's checkpoint is kept while it trains."""
        return self.folder / "checkpoints" / f"cohort-{self.id}.pt"

    def weights(self, run: str) -> Path:
        """Where a finished run's last state is kept."""
        return self.folder / "checkpoints" / f"{run}.pt"

    def picture(self, run: str, step: int) -> Path:
        """Where a run's samples at a step are drawn."""
        return self.folder / "samples" / run / f"step-{step:06d}.png"


@dataclass(frozen=True)
class Survey:
    """What only the components and the data know about a study."""

    outputs: dict[str, dict[str, Any]]
    """Output -> label, direction, digits, ceiling, headline, metric."""
    protocol: dict[str, Any]
    """All that a score depends on besides the samples."""
    oracle: dict[str, float]
