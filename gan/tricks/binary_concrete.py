"""G's outputs are logits of bits, and samples are softened draws of them.

    y = s((l + λ) / τ),   λ = log u - log(1 - u),   u ~ U(0, 1),   with s the sigmoid

The Gumbel-softmax of two symbols: without the softening, [l + λ > 0] is an exact draw of a bit that is 1
with probability s(l), through which no gradient flows; with it D's gradient reaches G. Small τ is close to
bits and has gradients of high variance; large τ is smooth and tells D that a sample is generated. τ may be
annealed. `hard` samples are the draw itself; `straight_through` also shows D the draw in training, and lets
the gradient pass as if it had seen y. G's last layer should be linear.

Reference: Maddison, Mnih, Teh 2017, "The concrete distribution: a continuous relaxation of discrete random
variables", appendix B, arXiv:1611.00712; Jang, Gu, Poole 2017, arXiv:1611.01144 (straight-through).
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Setup, Trick


@tree
class BinaryConcrete(Trick):
    temperature: Scheduled = knob(1.0, unit="1", low=0.05, high=20.0, log=True)
    """Temperature τ."""
    hard: bool = knob(True, unit="yes or no")
    """Whether the samples to be scored are bits."""
    straight_through: bool = knob(False, unit="yes or no")
    """Whether samples are bits in training, too."""

    def fits(self, setup: Setup) -> str | None:
        alphabet = setup.data.alphabet
        if alphabet is None:
            return "these data are not made of bits; take such data, as data: {discrete: {symbols: 2}}"
        if alphabet > 2:
            return f"these data have {alphabet} symbols; take gumbel_softmax instead"
        return None

    def generated(self, x: Tensor, at: At) -> Tensor:
        u = at.rng.uniform(x.shape)
        noisy = x + torch.log(u) - torch.log1p(-u)
        soft = torch.sigmoid(noisy / value(self.temperature, at.t))
        if self.hard if at.sampling else self.straight_through:
            # The difference is exactly 0, and has the gradient of `soft`.
            soft = (noisy > 0.0).to(x.dtype) + (soft - soft.detach())
        return soft
