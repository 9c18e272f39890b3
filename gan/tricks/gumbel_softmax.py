"""G's outputs are logits of symbols, and samples are a softened draw of one symbol a position.

    y = softmax((l + γ) / τ),   γ = -log(-log u) for each symbol,   u ~ U(0, 1)

Without the softening, argmax_k(l_k + γ_k) is an exact draw from softmax(l), through which no gradient
flows; with it D's gradient reaches G. Small τ is close to one-hot symbols and has gradients of high
variance; large τ is smooth and tells D that a sample is generated. τ may be annealed. `hard` samples are
the draw itself, one-hot; `straight_through` also shows D the draw in training, and lets the gradient pass
as if it had seen y. G's last layer should be linear. For an alphabet of two symbols: `binary_concrete`.

Reference: Jang, Gu, Poole 2017, "Categorical reparameterization with Gumbel-softmax", arXiv:1611.01144;
Maddison, Mnih, Teh 2017, "The concrete distribution", arXiv:1611.00712; Kusner and Hernández-Lobato 2016,
"GANs for sequences of discrete elements with the Gumbel-softmax distribution", arXiv:1611.04051.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Setup, Trick


@tree
class GumbelSoftmax(Trick):
    temperature: Scheduled = knob(1.0, unit="1", low=0.05, high=20.0, log=True)
    """Temperature τ."""
    symbols: int = knob(4, unit="symbols", low=3, high=1000)
    """Size of the data's alphabet: that of `discrete`."""
    hard: bool = knob(True, unit="yes or no")
    """Whether the samples to be scored are one-hot."""
    straight_through: bool = knob(False, unit="yes or no")
    """Whether samples are one-hot in training, too."""

    def fits(self, setup: Setup) -> str | None:
        alphabet = setup.data.alphabet
        if alphabet is None:
            return "these data are not made of symbols; take discrete data, such as data: discrete"
        if alphabet == 2:
            return "these data are bits; take binary_concrete instead"
        if alphabet != self.symbols:
            return f"these data have another alphabet; set symbols: {alphabet}"
        return None

    def generated(self, x: Tensor, at: At) -> Tensor:
        noisy = x.reshape(len(x), -1, self.symbols)
        noisy = noisy - torch.log(-torch.log(at.rng.uniform(noisy.shape)))
        soft = torch.softmax(noisy / value(self.temperature, at.t), dim=2)
        if self.hard if at.sampling else self.straight_through:
            symbols = torch.arange(self.symbols, device=x.device)
            drawn = (symbols == noisy.argmax(dim=2, keepdim=True)).to(x.dtype)
            # The difference is exactly 0, and has the gradient of `soft`.
            soft = drawn + (soft - soft.detach())
        return soft.reshape(x.shape)
