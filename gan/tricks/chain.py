"""Many tricks are one trick: each point is folded (or summed) over the parts, in order of name.

`Chain` is what keeps the step free of loops over tricks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from gan.models.base import Parameters
from gan.tree import tree
from gan.tricks.base import At, Critic, Setup, Trick, Vectors

if TYPE_CHECKING:
    from gan.losses.base import Targets

Memories = dict[str, dict[str, Tensor]]


@tree
class Chain:
    """The tricks of a run, by name. Has every point of `Trick`; its memory is that of all parts."""

    tricks: dict[str, Trick]

    def fits(self, setup: Setup) -> str | None:
        """The first part's reason not to act, prefixed with its name."""
        for name, trick in self.tricks.items():
            if reason := trick.fits(setup):
                return f"{name}: {reason}"
        return None

    def begin(self, players: Vectors, at: At) -> Memories:
        return {name: trick.begin(players, at.of(name)) for name, trick in self.tricks.items()}

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        for name, trick in self.tricks.items():
            z_BZ = trick.latent(z_BZ, at.of(name))
        return z_BZ

    def generated(self, x: Tensor, at: At) -> Tensor:
        for name, trick in self.tricks.items():
            x = trick.generated(x, at.of(name))
        return x

    def inputs(self, x: Tensor, at: At) -> Tensor:
        for name, trick in self.tricks.items():
            x = trick.inputs(x, at.of(name))
        return x

    def hidden(self, h: Tensor, layer: str, at: At) -> Tensor:
        for name, trick in self.tricks.items():
            h = trick.hidden(h, layer, at.of(name))
        return h

    def output(self, logits_B: Tensor, at: At) -> Tensor:
        for name, trick in self.tricks.items():
            logits_B = trick.output(logits_B, at.of(name))
        return logits_B

    def targets(self, targets: Targets | None, at: At) -> Targets | None:
        if targets is None:
            return None
        for name, trick in self.tricks.items():
            targets = trick.targets(targets, at.of(name))
        return targets

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, at: At) -> Tensor | float:
        return sum(trick.penalty(critic, real, fake, at.of(name)) for name, trick in self.tricks.items())

    def bonus(self, critic: Critic, real: Tensor, fake: Tensor, at: At) -> Tensor | float:
        return sum(trick.bonus(critic, real, fake, at.of(name)) for name, trick in self.tricks.items())

    def gradient(self, gradient_P: Tensor, at: At) -> Tensor:
        for name, trick in self.tricks.items():
            gradient_P = trick.gradient(gradient_P, at.of(name))
        return gradient_P

    def weights(self, parameters: Parameters, at: At) -> Parameters:
        for name, trick in self.tricks.items():
            parameters = trick.weights(parameters, at.of(name))
        return parameters

    def update(self, players: Vectors, log: Mapping[str, Tensor], at: At) -> tuple[Vectors, Memories]:
        memories = {}
        for name, trick in self.tricks.items():
            players, memories[name] = trick.update(players, log, at.of(name))
        return players, memories

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        for name, trick in self.tricks.items():
            generator_P = trick.evaluate(generator_P, at.of(name))
        return generator_P
