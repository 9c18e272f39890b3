"""Study -> arms -> runs -> cohorts; what does not apply, and why."""

from __future__ import annotations

from dataclasses import dataclass

from gan.recipe import Recipe


@dataclass(frozen=True)
class Arm:
    """One combination of levels: a row of the comparison table."""

    id: str
    """Digest of the arm's resolved configuration without the seed."""
    name: str
    """What a person reads: `non_saturating + instance_noise(sigma=0.1, until=0.5)`."""
    levels: dict[str, str]
    """Factor -> label of its level (`off` included), in the study's order."""
    reason: str | None
    """Why this combination does not apply; None if it does."""
    runs: tuple[Run, ...]
    """One a seed; empty if the arm does not apply."""


@dataclass(frozen=True)
class Run:
    """One arm with one seed."""

    id: str
    """Digest of the resolved configuration, seed and scoring protocol included."""
    arm: str
    """The arm's id."""
    seed: int
    recipe: Recipe
    params: dict[str, str]
    """Flat parameters for the record, one a factor and knob: `loss`, `instance_noise.sigma`, `seed`."""
