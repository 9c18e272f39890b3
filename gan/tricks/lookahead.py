"""Every k rounds, take both players part of the way back to where they were k rounds ago.

    φ ← φ + α (θ - φ),   θ ← φ        every k rounds, for G and D together

The fast weights θ explore, the slow weights φ follow at a distance. In a game, k steps turn around the
equilibrium by a large angle, and the chord from φ to θ cuts through the circle: a step along part of it
comes nearer to the centre, also where the steps themselves spiral outwards. Moments of the optimisers are
kept.

Just after a step back θ and φ are the same. Between two of them, `samples: slow` samples φ, which Zhang et
al. found to be the better, and `fast`, the default, θ, as the code of Chavdarova et al. does, which leaves
the samples to an average such as `ema` (it sees the fast weights of a round, before the step back).

Reference: Zhang et al. 2019, "Lookahead optimizer: k steps forward, 1 step back", arXiv:1907.08610;
Chavdarova et al. 2021, "Taming GANs with Lookahead-Minmax", arXiv:2006.14567.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._averaging import Averaging
from gan.tricks._due import too_long
from gan.tricks.base import At, Batch, Memory, Setup, Side, Vectors


@tree
class Lookahead(Averaging):
    alpha: Scheduled = knob(0.5, unit="1", low=0.0, high=1.0, neutral=1.0)
    """Share α of the way forward that is kept."""
    period: int = knob(5, unit="rounds", low=1, high=100_000)
    """Rounds k from one step back to the next; the GAN paper used 5 to 5,000."""
    samples: Literal["fast", "slow"] = knob("fast", unit="name")
    """The weights of G that are sampled."""

    @property
    def decides(self) -> bool:
        return self.samples == "slow"

    def fits(self, setup: Setup) -> str | None:
        return Averaging.fits(self, setup) or too_long(self.period, setup)

    def begin(self, players: Vectors, at: At) -> Memory:
        G, D = players["generator"], players["discriminator"]
        return {"generator": G, "discriminator": D, "since": G.new_zeros(())}

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        since = at.mine["since"] + 1.0
        due, alpha = since >= self.period, value(self.alpha, at.t)
        alpha = torch.as_tensor(alpha, dtype=since.dtype, device=since.device)
        fast: dict[Side, Tensor] = {}
        slow: Memory = {}
        for side, theta in players.items():
            phi = at.mine[side]
            # `lerp` is exact at both ends: all of the way is no step back at all.
            there = torch.lerp(phi, theta, alpha)
            fast[side], slow[side] = torch.where(due, there, theta), torch.where(due, there, phi)
        return fast, {**slow, "since": torch.where(due, 0.0, since)}

    def evaluate(self, generator_P: Tensor, at: At) -> Tensor:
        return at.mine["generator"] if self.decides else generator_P
