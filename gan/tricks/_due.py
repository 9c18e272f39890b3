"""Tricks that act in some rounds only: reasons to decline where none of these ever comes."""

from __future__ import annotations

from gan.tricks.base import Setup


def too_long(period: int, setup: Setup) -> str | None:
    """A reason to decline where no period of so many rounds ends."""
    if period <= setup.steps:
        return None
    return f"its period of {period} rounds ends after the last of {setup.steps}; set a smaller one"


def too_late(start: float, last: int, setup: Setup) -> str | None:
    """A reason to decline where round `last`, the last in which it could act, comes before `start`.

    At a start of 1, the neutral value, nothing is to happen.
    """
    if start >= 1.0 or last >= start * setup.steps:
        return None
    return (
        f"it never acts: its start, {start:g}, comes after the last round in which it could; set it earlier"
    )
