"""Many tricks are one trick: each point is folded (or summed) over the parts, in order of name.

`Chain` is what keeps the step free of loops over tricks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from gan.models.base import Layout, Parameters
from gan.rng import Rng
from gan.tree import tree
from gan.tricks.base import At, Batch, Critic, Game, Setup, Side, Trick, Vectors

if TYPE_CHECKING:
    from gan.losses.base import Targets

Memories = dict[str, dict[str, Tensor]]


@tree
class Chain:
    """The tricks of a run, by name. Has every point of `Trick`; its memory is that of all parts."""

    tricks: dict[str, Trick]

    @property
    def every(self) -> dict[str, int]:
        """The tricks that do not act in every step, and how often they do."""
        return {name: trick.every for name, trick in self.tricks.items() if trick.every > 1}

    @property
    def samples_only(self) -> bool:
        return all(trick.samples_only for trick in self.tricks.values())

    @property
    def pack(self) -> int:
        return math.prod([trick.pack for trick in self.tricks.values()])

    @property
    def foresight(self) -> int:
        return sum([trick.foresight for trick in self.tricks.values()])

    @property
    def zero_sum(self) -> bool:
        return sum([trick.zero_sum for trick in self.tricks.values()]) > 0

    def _acting(self, point: str) -> list[tuple[str, Trick]]:
        """The tricks that act at this point: a place and a stream for each of the others would cost time."""
        everywhere = getattr(Trick, point)
        return [
            (name, part) for name, part in self.tricks.items() if getattr(type(part), point) != everywhere
        ]

    def fits(self, setup: Setup) -> str | None:
        """The first part's reason not to act, prefixed with its name."""
        for name, trick in self.tricks.items():
            if reason := trick.fits(setup):
                return f"{name}: {reason}"
        return None

    def learns(self, side: Side, layout: Layout, features: int) -> dict[str, tuple[int, ...]]:
        return {
            f"{name}:{key}": shape
            for name, trick in self.tricks.items()
            for key, shape in trick.learns(side, layout, features).items()
        }

    def initial(self, name: str, shape: tuple[int, ...], own: Parameters, rng: Rng) -> Tensor:
        part, _, key = name.partition(":")
        return self.tricks[part].initial(key, shape, own, rng.at(name))

    def begin(self, players: Vectors, at: At) -> Memories:
        return {name: trick.begin(players, at.of(name)) for name, trick in self.tricks.items()}

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("latent"):
            z_BZ = trick.latent(z_BZ, at.of(name))
        return z_BZ

    def companion(self, z_BZ: Tensor, at: At) -> dict[str, Tensor]:
        """The latents of further samples, by the name of the trick that needs them."""
        wanted = {name: trick.companion(z_BZ, at.of(name)) for name, trick in self._acting("companion")}
        return {name: z for name, z in wanted.items() if z is not None}

    def generated(self, x: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("generated"):
            x = trick.generated(x, at.of(name))
        return x

    def batch(self, batch: Batch, at: At) -> Batch:
        for name, trick in self._acting("batch"):
            batch = trick.batch(batch, at.of(name))
        return batch

    def inputs(self, x: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("inputs"):
            x = trick.inputs(x, at.of(name))
        return x

    def hidden(self, h: Tensor, layer: str, at: At) -> Tensor:
        for name, trick in self._acting("hidden"):
            h = trick.hidden(h, layer, at.of(name))
        return h

    def output(self, logits_B: Tensor, features_BF: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("output"):
            logits_B = trick.output(logits_B, features_BF, at.of(name))
        return logits_B

    def targets(self, targets: Targets, count: int, at: At) -> Targets:
        for name, trick in self._acting("targets"):
            targets = trick.targets(targets, count, at.of(name))
        return targets

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        """The sum over all that are due, each as many times as it is evaluated too rarely."""
        return sum(
            _scaled(trick.penalty(critic, batch, at.of(name)), trick.every)
            for name, trick in self._acting("penalty")
            if name not in at.resting
        )

    def judged(self, fake_B: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("judged"):
            fake_B = trick.judged(fake_B, at.of(name))
        return fake_B

    def bonus(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        return sum(trick.bonus(critic, batch, at.of(name)) for name, trick in self._acting("bonus"))

    def regularise(self, gradient_P: Tensor, game: Game, at: At) -> Tensor:
        """With all that are due, each added as many times as it is evaluated too rarely."""
        for name, trick in self._acting("regularise"):
            if name in at.resting:
                continue
            found_P = trick.regularise(gradient_P, game, at.of(name))
            # What acts in every step is taken as it is: a difference would be rounded.
            gradient_P = found_P if trick.every == 1 else gradient_P + trick.every * (found_P - gradient_P)
        return gradient_P

    def gradient(self, gradient_P: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("gradient"):
            gradient_P = trick.gradient(gradient_P, at.of(name))
        return gradient_P

    def project(self, parameters_P: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("project"):
            parameters_P = trick.project(parameters_P, at.of(name))
        return parameters_P

    def weights(self, parameters: Parameters, at: At) -> Parameters:
        for name, trick in self._acting("weights"):
            parameters = trick.weights(parameters, at.of(name))
        return parameters

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memories]:
        memories = {}
        for name, trick in self.tricks.items():
            players, memories[name] = trick.update(players, log, batch, at.of(name))
        return players, memories

    def shown(self, memories: Memories, t: Tensor) -> dict[str, Tensor]:
        """What all of them show, as `trick.name`."""
        return {
            f"{name}.{key}": number
            for name, trick in self.tricks.items()
            for key, number in trick.shown(memories[name], t).items()
        }

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        for name, trick in self._acting("evaluate"):
            generator_P = trick.evaluate(generator_P, at.of(name))
        return generator_P


def _scaled(penalty: Tensor | float, every: int) -> Tensor | float:
    return penalty if every == 1 else every * penalty
