"""What every trick is: a set of points of a GAN step at which it may act.

Every method is the identity until a trick overrides it, so a trick is only what it changes.
Tricks are pure: what they remember lives in `at.memory` and is replaced by `update`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from gan.models.base import Layout, Parameters
from gan.rng import Rng

if TYPE_CHECKING:
    from gan.data.base import Data
    from gan.losses.base import Loss, Targets
    from gan.models.base import Model

Side = Literal["generator", "discriminator"]
"""Which of the two players."""
Memory = dict[str, Tensor]
"""What one trick remembers between steps."""
Vectors = Mapping[Side, Tensor]
"""Both players' parameters, one vector of shape P each."""


@dataclass(frozen=True)
class Critic:
    """D as its loss sees it, all tricks applied."""

    judge: Callable[[Tensor], tuple[Tensor, Tensor]]
    """Samples (B x shape) to logits (B) and to the features beneath them (B x F)."""
    pack: int = 1
    """Samples that share a logit: m of them make one pack, and there are B / m logits."""

    def __call__(self, x: Tensor) -> Tensor:
        """Logits of samples. Shape: B, or B / m."""
        return self.judge(x)[0]

    def features(self, x: Tensor) -> Tensor:
        """The activations that D's linear head turns into logits. Shape: B x F, or B / m x F."""
        return self.judge(x)[1]


@dataclass(frozen=True)
class Batch:
    """What one update of D, or of G, is computed from."""

    real: Tensor
    """B x shape."""
    fake: Tensor
    """G's samples, B x shape."""
    z: Tensor
    """The latents they were made from, B x Z."""
    companions: Mapping[str, Tensor]
    """Further samples of G, each made from a trick's `companion` latents, by the trick's name."""


@dataclass(frozen=True)
class Game:
    """Both players on one batch, as functions of both their parameters."""

    players: Vectors
    """Where the gradient is taken."""
    losses: Mapping[Side, Callable[[Vectors], Tensor]]
    """Each player's loss there or elsewhere, a scalar; differentiable, for the same batch and noise."""


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
    """The player whose parameters, activations, gradients or loss are at hand."""
    layouts: Mapping[Side, Layout]
    """Where each named parameter sits in each player's vector."""
    name: str = ""
    """The trick's name, set by `Chain`."""
    shape: tuple[int, ...] = ()
    """Shape of one sample."""
    sampling: bool = False
    """Whether this is for samples to be scored, and not for training."""
    resting: frozenset[str] = frozenset()
    """Tricks that are evaluated only every so many steps, and not in this one."""
    parameters: Parameters = field(default_factory=dict)
    """The parameters of `side` by name, where its network is at work; `learned` picks a trick's own."""

    @property
    def mine(self) -> Memory:
        """This trick's own memory."""
        return self.memory[self.name]

    @property
    def learned(self) -> Parameters:
        """The parameters that this trick has added to `side` (see `Trick.learns`), by their short names."""
        own = f"{self.name}:"
        return {key.removeprefix(own): p for key, p in self.parameters.items() if key.startswith(own)}

    def of(self, name: str) -> At:
        """The same moment, private to the trick called `name`."""
        return replace(self, rng=self.rng.at(name), name=name)

    def place(self, name: str, side: Side | None = None) -> At:
        """The same moment at another named place, so that its random numbers are others."""
        return replace(self, rng=self.rng.at(name), side=side or self.side)


@dataclass(frozen=True)
class Setup:
    """What a component is to be combined with, so that it may decline."""

    data: Data
    model: Model
    loss: Loss
    tricks: Mapping[str, Trick]
    """All tricks of the run, by name."""
    batch_size: int
    d_steps: int
    g_steps: int
    simultaneous: bool
    """Whether both players are updated from the same point, rather than D first."""
    latent_size: int
    steps: int
    """Length of the whole training, in rounds."""


class Trick:
    """One stability technique. Shapes: samples B x shape, logits B, gradients and parameters P."""

    @property
    def every(self) -> int:
        """Steps from one evaluation of its `penalty` or `regularise` to the next; it then counts as often."""
        return 1

    @property
    def samples_only(self) -> bool:
        """Whether it acts on what is sampled for scoring alone, and never on training."""
        return False

    @property
    def pack(self) -> int:
        """Samples that D judges together."""
        return 1

    @property
    def foresight(self) -> int:
        """How many of D's next updates G's loss looks ahead."""
        return 0

    @property
    def zero_sum(self) -> bool:
        """Whether G minimises what D maximises, whatever its own loss."""
        return False

    def fits(self, setup: Setup) -> str | None:
        """Why it cannot act in this setup, in words that say what to change; None if it can."""
        return None

    def learns(self, side: Side, layout: Layout, features: int) -> dict[str, tuple[int, ...]]:
        """Parameters it adds to a player, trained like the player's own: short name to shape.

        Args:
            side: The player.
            layout: The player's own parameters.
            features: Width F of D's last hidden layer.
        """
        return {}

    def initial(self, name: str, shape: tuple[int, ...], own: Parameters, rng: Rng) -> Tensor:
        """Where an added parameter begins: at 0, so that its player begins as it would without it.

        Args:
            name: Short name, one of those of `learns`.
            shape: Of the parameter, and of what is returned.
            own: The initial parameters of its player.
            rng: Private to this parameter.
        """
        return torch.zeros(shape, dtype=rng.dtype, device=rng.key.device)

    def begin(self, players: Vectors, at: At) -> Memory:
        """Its memory before the first step."""
        return {}

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        """G's input."""
        return z_BZ

    def companion(self, z_BZ: Tensor, at: At) -> Tensor | None:
        """Latents of further samples that it needs beside those of the batch; None if it needs none."""
        return None

    def generated(self, x: Tensor, at: At) -> Tensor:
        """G's output."""
        return x

    def batch(self, batch: Batch, at: At) -> Batch:
        """What D is trained on."""
        return batch

    def inputs(self, x: Tensor, at: At) -> Tensor:
        """D's input, real and generated alike."""
        return x

    def hidden(self, h: Tensor, layer: str, at: At) -> Tensor:
        """Hidden activations of `at.side` after `layer`."""
        return h

    def output(self, logits_B: Tensor, features_BF: Tensor, at: At) -> Tensor:
        """D's logits, given the features that they were made from."""
        return logits_B

    def targets(self, targets: Targets, count: int, at: At) -> Targets:
        """What D's `count` logits are trained towards on (real, generated) samples.

        In units of the loss's own targets: 1 is its target on real samples, 0 that on generated ones.
        """
        return targets

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        """A scalar added to D's loss."""
        return 0.0

    def judged(self, fake_B: Tensor, at: At) -> Tensor:
        """D's logits on generated samples, as G's loss sees them."""
        return fake_B

    def bonus(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        """A scalar added to G's loss."""
        return 0.0

    def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
        """The gradient of `at.side` with what depends on the players' parameters added."""
        return gradient_P

    def gradient(self, gradient_P: Tensor, at: At) -> Tensor:
        """The whole gradient of `at.side`, before the optimiser sees it."""
        return gradient_P

    def project(self, parameters_P: Tensor, at: At) -> Tensor:
        """The parameters of `at.side` after each of its updates."""
        return parameters_P

    def weights(self, parameters: Parameters, at: At) -> Parameters:
        """The parameters of `at.side` as its network uses them, inside the differentiated function."""
        return parameters

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        """Both players after the step, and this trick's new memory; `batch` is the last that D saw."""
        return players, at.mine

    def shown(self, memory: Memory, t: Tensor) -> Memory:
        """What it does at progress `t` and is worth a curve beside the scores: scalars by short name.

        Knobs that follow a schedule have a curve anyway.
        """
        return {}

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        """The generator's parameters to sample from."""
        return generator_P
