"""How often a cohort in training comes up for air."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How often a cohort comes up for air. Changes what is seen, never what is trained."""

    evaluate_every: int
    """Steps between snapshots that are to be scored."""
    log_every: int = 0
    """Steps between snapshots; 0: five to an evaluation."""
    checkpoint_seconds: float = 60.0
    """Checkpoint at least this often, besides after every evaluation."""

    @property
    def window(self) -> int:
        """Steps between snapshots."""
        return self.log_every or max(1, self.evaluate_every // 5)
