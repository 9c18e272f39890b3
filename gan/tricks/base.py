"""What every trick is: a set of points of a GAN step at which it may act.

Every method is the identity until a trick overrides it, so a trick is only what it changes.
Tricks are pure: what they remember lives in `at.memory` and is replaced by `update`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from torch import Tensor

from gan.models.base import Layout, Parameters
from gan.rng import Rng

if TYPE_CHECKING:
    from gan.data.base import Data
    from gan.losses.base import Loss, Targets
    from gan.models.base import Model

Side = Literal["generator", "discriminator"]
"""Which of the two players."""
Critic = Callable[[Tensor], Tensor]
"""D as its loss sees it: samples (B x shape) to logits (B), all tricks applied."""
Memory = dict[str, Tensor]
"""What one trick remembers between steps."""
Vectors = Mapping[Side, Tensor]
"""Both players' parameters, one vector of shape P each."""


@dataclass(frozen=True)
class At:
    """Where and when a trick is asked to act."""

    t: Tensor
    """Training progress in [0, 1], scalar."""
    rng: Rng
    """Private to this trick at this place."""
    memory: Mapping[str, Memory]
    """All tricks' memories before this step; `mine` picks a trick's own."""
    side: Side
    """The player whose parameters, gradients or loss are at hand."""
    layouts: Mapping[Side, Layout]
    """Where each named parameter sits in each player's vector."""
    name: str = ""
    """The trick's name, set by `Chain`."""

    @property
    def mine(self) -> Memory:
        """This trick's own memory."""
        return self.memory[self.name]

    def of(self, name: str) -> At:
        """The same moment, private to the trick called `name`."""
        return At(self.t, self.rng.at(name), self.memory, self.side, self.layouts, name)

    def place(self, name: str, side: Side | None = None) -> At:
        """The same moment at another named place, so that its random numbers are others."""
        return At(self.t, self.rng.at(name), self.memory, side or self.side, self.layouts, self.name)


@dataclass(frozen=True)
class Setup:
    """What a trick is to be combined with, so that it may decline."""

    data: Data
    model: Model
    loss: Loss
    tricks: tuple[str, ...]
    """Names of all tricks of the run."""


class Trick:
    """One stability technique. Shapes: samples B x shape, logits B, gradients and parameters P."""

    def fits(self, setup: Setup) -> str | None:
        """Why it cannot act in this setup, in words that say what to change; None if it can."""
        return None

    def begin(self, players: Vectors, at: At) -> Memory:
        """Its memory before the first step."""
        return {}

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        """G's input."""
        return z_BZ

    def generated(self, x: Tensor, at: At) -> Tensor:
        """G's output."""
        return x

    def inputs(self, x: Tensor, at: At) -> Tensor:
        """D's input, real and generated alike."""
        return x

    def hidden(self, h: Tensor, layer: str, at: At) -> Tensor:
        """D's hidden activations after `layer`."""
        return h

    def output(self, logits_B: Tensor, at: At) -> Tensor:
        """D's logits."""
        return logits_B

    def targets(self, targets: Targets, at: At) -> Targets:
        """What D is trained towards on (real, generated) samples."""
        return targets

    def penalty(self, critic: Critic, real: Tensor, fake: Tensor, at: At) -> Tensor | float:
        """A scalar added to D's loss."""
        return 0.0

    def bonus(self, critic: Critic, real: Tensor, fake: Tensor, at: At) -> Tensor | float:
        """A scalar added to G's loss."""
        return 0.0

    def gradient(self, gradient_P: Tensor, at: At) -> Tensor:
        """The gradient of `at.side`, before the optimiser sees it."""
        return gradient_P

    def weights(self, parameters: Parameters, at: At) -> Parameters:
        """The parameters of `at.side` as its network uses them, inside the differentiated function."""
        return parameters

    def update(self, players: Vectors, log: Mapping[str, Tensor], at: At) -> tuple[Vectors, Memory]:
        """Both players after the step, and this trick's new memory."""
        return players, at.mine

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        """The generator's parameters to sample from."""
        return generator_P
