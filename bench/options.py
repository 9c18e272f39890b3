"""How a study is run, and how that went."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.patience import RETRIES


@dataclass(frozen=True)
class Options:
    """How to run a study; no part of any run's id."""

    results: Path = Path("results")
    limit: int | None = None
    """Most runs to do this time; an interrupted cohort goes on whole."""
    compiled: bool = False
    checkpoint_minutes: float = 1.0
    """Checkpoint at least this often, besides after every evaluation."""
    retries: int = RETRIES
    """How often a cohort whose worker is lost is tried again without having come any further."""
    retry_failed: bool = False
    """Whether runs that failed are to be tried again, from their checkpoint if there is one."""
    only: frozenset[str] = frozenset()
    """Ids of the arms to run, failed runs again; empty for all that is left."""
    data_root: Path = Path("data")
    download: bool = False
    mix_protocols: bool = False
    """Whether to go on where runs have scores that were made in another way."""
    command: str = "ganbench run"
    """What the user typed, to be typed again, and for whoever finds the study in use."""


@dataclass(frozen=True)
class Outcome:
    """How a call of `run` went."""

    ran: int
    """Runs that ended in this call."""
    left: int
    """Planned runs without an end."""
    interrupted: bool
    """Whether the user stopped it."""
