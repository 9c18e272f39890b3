"""Some of D's real samples are replaced by generated ones, with a probability p that follows r.

    x̃_i = G(z'_i) with probability p, else x_i        D is told that x̃ is real
    p ← p + sign(r - target) · samples / (1000 kimg),   r = E[sign D(x̃)],   every few steps

With little data D separates the two sides ever more surely, and G's gradient means less and less. Calling
some generated samples real holds D back just as much as it overfits; at the equilibrium the two sides are the
same, and so is the optimal pair. Nothing is assumed about the data, so it acts on points as on images.

z' are latents of its own, as in the authors' code; `pseudo: batch` takes the samples that D is shown as
generated too, one place on, and saves a pass through G. Other tricks' penalties look at the true data (the
authors' R1 at x̃). A round counts as one batch, however many updates D has in it. `probability` with
`adaptive: no` is a fixed p. May be combined with `ada` and `diffaugment`.

Reference: Jiang, Dai, Wu and Loy 2021, "Deceive D: adaptive pseudo augmentation for GAN training with limited
data", arXiv:2111.06849.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks import _feedback
from gan.tricks.base import At, Batch, Memory, Setup, Trick, Vectors


@tree
class Apa(Trick):
    pseudo: Literal["fresh", "batch"] = knob("fresh", unit="name")
    """Generated samples that stand for real ones: from latents of their own, or those of the batch."""
    adaptive: bool = knob(True, unit="switch", neutral=False)
    """Whether p follows r; if not, it is `probability` throughout."""
    probability: Scheduled = knob(0.0, unit="probability", low=0.0, high=1.0, neutral=0.0)
    """Where p begins, and what it is where it is not adaptive."""
    target: float = knob(0.6, unit="1", low=-1.0, high=1.0)
    """The r above which p grows and below which it falls."""
    kimg: float = knob(500.0, unit="1,000 samples", low=0.001, high=100_000.0, log=True)
    """Real samples, in thousands, in which p can go from 0 to 1."""
    interval: int = knob(4, unit="steps", low=1, high=10_000)
    """Steps from one move of p to the next; r is the mean over them."""

    def fits(self, setup: Setup) -> str | None:
        steering = {
            "target": self.target != type(self).target,
            "kimg": self.kimg != type(self).kimg,
            "interval": self.interval != type(self).interval,
        }
        if reason := _feedback.contradiction(self.adaptive, self.probability, self.interval, steering, setup):
            return reason
        if any(trick.pack > 1 for trick in setup.tricks.values()):
            return (
                "it replaces single samples, and a pack must be all real or all generated; leave packing out"
            )
        others = [
            name
            for name, trick in setup.tricks.items()
            if type(trick).latent is not Trick.latent and not trick.samples_only
        ]
        if self.pseudo == "fresh" and others:
            return f"its own latents are standard normal, which {others[0]} changes; set pseudo: batch"
        return None

    def begin(self, players: Vectors, at: At) -> Memory:
        return _feedback.begun(self.probability, at) if self.adaptive else {}

    def companion(self, z_BZ: Tensor, at: At) -> Tensor | None:
        return at.rng.normal(z_BZ.shape) if self.pseudo == "fresh" else None

    def batch(self, batch: Batch, at: At) -> Batch:
        p = at.mine["p"] if self.adaptive else value(self.probability, at.t)
        pseudo = batch.companions[at.name] if self.pseudo == "fresh" else batch.fake.roll(1, 0)
        replaced_B = at.rng.uniform((len(batch.real),)) < p
        replaced = replaced_B.reshape(-1, *[1] * (batch.real.ndim - 1))
        return replace(batch, real=torch.where(replaced, pseudo, batch.real))

    def update(
        self, players: Vectors, log: Mapping[str, Tensor], batch: Batch, at: At
    ) -> tuple[Vectors, Memory]:
        if not self.adaptive:
            return players, at.mine
        samples = len(batch.real)
        return players, _feedback.moved(at.mine, log, samples, self.interval, self.target, self.kimg)

    def shown(self, memory: Memory, t: Tensor) -> Memory:
        return {"p": memory["p"]} if self.adaptive else {}
