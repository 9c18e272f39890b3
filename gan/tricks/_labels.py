"""What tricks that move D's targets have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from gan.tricks.base import Setup

if TYPE_CHECKING:
    from gan.losses.base import Targets


def needs_targets(setup: Setup) -> str | None:
    """A reason to decline where the loss has no targets."""
    if setup.loss.targets is None:
        return "this loss has no targets to change; it needs minimax, non_saturating or least_squares"
    return None


def between(targets: Targets, share: float | Tensor) -> float | Tensor:
    """The target at `share` of the way from that on generated samples (0) to that on real ones (1).

    Exactly theirs at 0 and 1. Targets and `share` are numbers or tensors of shape B.
    """
    real, fake = targets
    return fake * (1.0 - share) + real * share
