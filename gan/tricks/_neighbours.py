"""What tricks by which D compares the samples of a batch have in common."""

from __future__ import annotations

import math

from gan.tricks.base import Setup


def logits_of(setup: Setup) -> int:
    """How many logits D gives to a batch: one a sample, or one a pack of them."""
    return setup.batch_size // math.prod([trick.pack for trick in setup.tricks.values()])


def needs_neighbours(setup: Setup) -> str | None:
    """A reason to decline where D judges nothing beside which a sample could be compared."""
    if logits_of(setup) < 2:
        return "with a single logit in a batch there is nothing to compare; set a larger batch_size"
    return None
