"""Sample from an exponential moving average of the generator.

    θ̄ ← β θ̄ + (1 - β) θ   after every step,   samples from G_θ̄

The players circle around the equilibrium; the average of the circle is nearer to it than any point
on it. Changes what is sampled, not how the players train.

Reference: Yazıcı et al. 2019, "The unusual effectiveness of averaging in GAN training",
arXiv:1806.04498; Karras et al. 2018, arXiv:1710.10196.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Batch, Memory, Trick, Vectors


@tree
class Ema(Trick):
    decay: Scheduled = knob(0.999, unit="1 per step", low=0.0, high=0.99999, neutral=0.0)
    """Share β of the average that survives a step; 0.999 averages over about 1,000 steps."""

    def begin(self, players: Vectors, at: At) -> Memory:
        return {"average": players["generator"]}

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        average, current = at.mine["average"], players["generator"]
        decay = value(self.decay, at.t)
        return players, {"average": decay * average + (1.0 - decay) * current}

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        return at.mine["average"]
