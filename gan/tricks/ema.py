"""Sample from an exponential moving average of the generator.

    θ̄ ← β θ̄ + (1 - β) θ   after every step,   samples from G_θ̄

The players circle around the equilibrium; the average of the circle is nearer to it than any point
on it. Changes what is sampled, not how the players train.

The initial weights stay in the average for a few time constants 1 / (1 - β). They leave it sooner if it
begins later (`start`; until then θ̄ = θ), or if β grows while the average is young (`warmup`): the smaller
of β and (1 + n) / (10 + n) after n averaged steps, as in TensorFlow.

Reference: Yazıcı et al. 2019, "The unusual effectiveness of averaging in GAN training",
arXiv:1806.04498; Karras et al. 2018, arXiv:1710.10196; Brock et al. 2019, arXiv:1809.11096 (a late start).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._averaging import Averaging
from gan.tricks._due import too_late
from gan.tricks.base import At, Batch, Memory, Setup, Vectors


@tree
class Ema(Averaging):
    decay: Scheduled = knob(0.999, unit="1 per step", low=0.0, high=0.99999, neutral=0.0)
    """Share β of the average that survives a step; 0.999 averages over about 1,000 steps."""
    start: float = knob(0.0, unit="progress", low=0.0, high=1.0, neutral=1.0)
    """Progress at which averaging begins; before it the average is the weights in training."""
    warmup: bool = knob(False, unit="yes or no")
    """Whether the decay grows from 0.1 as (1 + n) / (10 + n) until it is β."""

    def fits(self, setup: Setup) -> str | None:
        return Averaging.fits(self, setup) or too_late(self.start, setup.steps - 1, setup)

    def begin(self, players: Vectors, at: At) -> Memory:
        average = players["generator"]
        return {"average": average, "count": average.new_zeros(())} if self.warmup else {"average": average}

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        average, current = at.mine["average"], players["generator"]
        decay, begun = value(self.decay, at.t), at.t >= self.start
        counted: Memory = {}
        if self.warmup:
            count = at.mine["count"]
            decay = ((1.0 + count) / (10.0 + count)).clamp(max=decay)
            counted["count"] = count + begun
        average = torch.where(begun, decay * average + (1.0 - decay) * current, current)
        return players, {"average": average, **counted}

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        return at.mine["average"]
