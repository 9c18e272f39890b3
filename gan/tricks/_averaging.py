"""Tricks that may decide which of the generator's weights are sampled: at most one of them can."""

from __future__ import annotations

from gan.tricks.base import Setup, Trick


class Averaging(Trick):
    """A trick that remembers an average of G's weights and may sample from it."""

    @property
    def decides(self) -> bool:
        """Whether it is this trick's average that is sampled."""
        return True

    def fits(self, setup: Setup) -> str | None:
        others = {name: trick for name, trick in setup.tricks.items() if trick is not self}
        rivals = [name for name, trick in others.items() if decides_what_is_sampled(trick)]
        if self.decides and rivals:
            return f"samples can come from one average only; drop it, or drop {' and '.join(rivals)}"
        return None


def decides_what_is_sampled(trick: Trick) -> bool:
    """Whether samples come from weights that this trick remembers, rather than those in training."""
    if isinstance(trick, Averaging):
        return trick.decides
    return type(trick).evaluate is not Trick.evaluate
