"""LeCam regularisation: D's logits are held near where those of the other kind have been on average.

    R_LC = λ (E_x[max(0, D(x) - α_F)²] + E_z[max(0, α_R - D(G(z)))²]),
    α_R, α_F: moving averages of D's mean logit on real and on generated samples

D's certainty is bounded, the more so the further its two kinds of logits are apart, which is what happens
when it learns few training samples by heart; with the Wasserstein loss G then minimises a LeCam
divergence. The paper's equation squares the whole differences (`clamp: false`); the authors' code, and all
that follow it, take their positive parts only. The averages are free of the bias towards their beginning,
as in the authors' StyleGAN2 code, and are those of the rounds before: nothing is punished in the first.
The authors' BigGAN code begins after some iterations (`start`).

Reference: Tseng et al. 2021, "Regularizing generative adversarial networks under limited data",
arXiv:2104.03310.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._due import too_late
from gan.tricks.base import At, Batch, Critic, Memory, Setup, Trick, Vectors


@tree
class Lecam(Trick):
    weight: Scheduled = knob(0.3, unit="1", low=0.0, high=100.0, log=True, neutral=0.0)
    """Weight λ of the penalty; the paper has 0.3 for BigGAN's hinge loss."""
    decay: Scheduled = knob(0.99, unit="1 per step", low=0.0, high=0.9999)
    """Share of the averages that survives a step."""
    clamp: bool = knob(True, unit="yes or no")
    """Whether only the positive parts of the differences count."""
    start: float = knob(0.0, unit="training progress", low=0.0, high=1.0, neutral=1.0)
    """Progress from which on there is a penalty; the averages are kept from the first step."""
    every: int = knob(1, unit="steps", low=1, high=10_000)
    """Steps between evaluations; the weight is multiplied by it."""

    def fits(self, setup: Setup) -> str | None:
        return too_late(self.start, (setup.steps - 1) // self.every * self.every, setup)

    def begin(self, players: Vectors, at: At) -> Memory:
        return {name: torch.zeros_like(at.t) for name in ("real", "fake", "seen")}

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        seen = at.mine["seen"]
        begun = ((seen > 0.0) & (at.t >= self.start)).to(seen.dtype)
        share = seen.clamp(min=torch.finfo(seen.dtype).tiny)
        above_L = critic(batch.real) - at.mine["fake"] / share
        below_L = at.mine["real"] / share - critic(batch.fake)
        if self.clamp:
            above_L, below_L = above_L.clamp(min=0.0), below_L.clamp(min=0.0)
        distance = above_L.square().mean() + below_L.square().mean()
        return value(self.weight, at.t) * begun * distance

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        decay = value(self.decay, at.t)
        now = {"real": log["logit_real"], "fake": log["logit_fake"], "seen": torch.ones_like(at.t)}
        return players, {name: decay * at.mine[name] + (1.0 - decay) * x for name, x in now.items()}
