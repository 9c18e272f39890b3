"""What tricks that move D's targets have in common."""

from __future__ import annotations

from gan.tricks.base import Setup


def needs_targets(setup: Setup) -> str | None:
    """A reason to decline where the loss has no targets."""
    if setup.loss.targets is None:
        return "this loss has no targets to change; it needs minimax, non_saturating or least_squares"
    return None
