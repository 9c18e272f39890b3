"""Sample from the plain mean of the generators of the last part of training.

    θ̄ ← (n θ̄ + θ) / (n + 1),   n ← n + 1        every so many rounds, from `start` on

All generators count alike, where those of an exponential average fade. Where training has settled into
circling around a solution, the mean of the circle is near its centre; a constant or cyclic learning rate
keeps it circling. Changes what is sampled, not how the players train. Until the first generator is taken in,
samples come from the weights in training. Averaging from the beginning (`start: 0`) is the moving average
(MA) of Yazıcı et al.

The paper takes one set of weights an epoch, or one at the end of every learning-rate cycle: set `period`.
Rounds are counted from the beginning of training, so that an even period meets only whole steps of optimisers
whose step takes two rounds.

Reference: Izmailov et al. 2018, "Averaging weights leads to wider optima and better generalization",
arXiv:1803.05407; Yazıcı et al. 2019, arXiv:1806.04498.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gan.tree import knob, tree
from gan.tricks._averaging import Averaging
from gan.tricks._due import too_late, too_long
from gan.tricks.base import At, Batch, Memory, Setup, Vectors


@tree
class Swa(Averaging):
    start: float = knob(0.75, unit="progress", low=0.0, high=1.0, neutral=1.0)
    """Progress from which on generators are taken in."""
    period: int = knob(1, unit="rounds", low=1, high=100_000)
    """Rounds from one generator that is taken in to the next."""

    def fits(self, setup: Setup) -> str | None:
        last = setup.steps // self.period * self.period - 1
        late = too_long(self.period, setup) or too_late(self.start, last, setup)
        return Averaging.fits(self, setup) or late

    def begin(self, players: Vectors, at: At) -> Memory:
        zero = players["generator"].new_zeros(())
        return {"average": players["generator"], "count": zero, "since": zero}

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        average, count, current = at.mine["average"], at.mine["count"], players["generator"]
        since = at.mine["since"] + 1.0
        due = since >= self.period
        taken = due & (at.t >= self.start)
        average = torch.where(count > 0.0, average, current)
        average = torch.where(taken, average + (current - average) / (count + 1.0), average)
        return players, {"average": average, "count": count + taken, "since": torch.where(due, 0.0, since)}

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        return at.mine["average"]
