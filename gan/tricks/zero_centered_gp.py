"""Zero-centred gradient penalty between real and generated samples (0-GP).

    0-GP = λ E[‖∇_v D(v)‖²],   v = u x + (1 - u) G(z),   u ~ U(0, 1) a sample

D is made flat not only where the samples are (as by R₁ and R₂) but all the way between them, so that it
cannot tell a finite set of real samples apart from their neighbourhood and has to generalise; slope 0
also is what D has at the equilibrium, unlike slope 1. As in the paper there is no ½: λ here is γ/2 of
R₁. The gradient is that of the logit. The paper's other paths between the samples, through the latent
space of an autoencoder, are not offered: there is no encoder here.

Reference: Thanh-Tung, Tran, Venkatesh 2019, "Improving generalization and stability of generative
adversarial networks", arXiv:1902.03984.
"""

from __future__ import annotations

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import between, needs_independent_samples, slopes
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class ZeroCenteredGp(Trick):
    weight: Scheduled = knob(1.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ of the penalty; the paper has 10 to 100 for images."""
    every: int = knob(1, unit="steps", low=1, high=10_000)
    """Steps between evaluations; the weight is multiplied by it."""

    def fits(self, setup: Setup) -> str | None:
        return needs_independent_samples(setup)

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        slope_LF = slopes(critic, between(critic, batch, at))
        return value(self.weight, at.t) * slope_LF.square().sum(dim=1).mean()
