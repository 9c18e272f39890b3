"""A cohort in training as one file: tensors and plain values, no code.

Written to a temporary file, flushed to the disk and renamed, so that a killed process leaves either
the old checkpoint or the new one. Read back with `weights_only=True`: nothing is ever unpickled
that could run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor


@dataclass(frozen=True)
class Checkpoint:
    """Where a cohort stood."""

    step: int
    """Rounds behind it."""
    seconds: float
    """Time spent training so far."""
    names: list[str]
    """What each replica is, so that a checkpoint is never taken for another cohort's."""
    tensors: list[Tensor]
    """The flattened replicas, each with a leading axis R."""

    def save(self, path: Path) -> None:
        """Replace the file at `path`, all or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".writing")
        with temporary.open("wb") as file:
            torch.save(vars(self), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @staticmethod
    def load(path: Path, device: torch.device) -> Checkpoint | None:
        """The checkpoint at `path`, tensors on `device`; None if there is none."""
        if not path.exists():
            return None
        return Checkpoint(**torch.load(path, map_location=device, weights_only=True))
